// Where a holder is sent back to. The partner's document concatenates texts and never speaks of encoding: what was given
// is what is sent back to, to the letter, with two parameters behind it.

/** The longest address that is taken, in characters: with what is appended it stays within what browsers carry. */
export const longestWayBack = 1024

/**
 * The address behind `wmcb=` in a URL as it came (path and query). One that is not encoded goes to the end of the URL,
 * whatever it contains; an encoded one ends at the next `&`. undefined where there is none, or it cannot be decoded.
 */
export function readWayBack(url: string): string | undefined {
  const found = /[?&]wmcb=(.*)$/s.exec(url)?.[1]
  if (found === undefined || found === '') return undefined
  if (/^https?:\/\//i.test(found)) return found
  try {
    return decodeURIComponent(found.replace(/&.*$/s, ''))
  } catch {
    return undefined
  }
}

/**
 * Whether a holder may be sent to this address: http or https, no user name, a host on the list. What the parsers of URLs
 * would turn around or leave out is refused, so that what was checked is where the browser goes.
 */
export function isWayBackAllowed(address: string, hosts: readonly string[]): boolean {
  if (address.length > longestWayBack || /[\s\\\p{Cc}]/u.test(address)) return false
  const authority = /^https?:\/\/([^/?#]*)/i.exec(address)?.[1]
  if (authority === undefined || authority === '' || authority.includes('@') || !URL.canParse(address)) return false
  return hosts.includes(new URL(address).host)
}

/** The address with the openid behind it (Lakala §1: `${redirect_url}&openid=…&from=dshy`), as a header can carry it. */
export function wayBackWith(address: string, openid: string): string {
  const separator = address.includes('?') ? '&' : '?'
  return `${asciiOf(address)}${separator}openid=${openid}&from=dshy`
}

// A decoded address may have letters that no header carries.
const asciiOf = (address: string): string => address.replace(/[^\x21-\x7e]+/g, encodeURIComponent)
