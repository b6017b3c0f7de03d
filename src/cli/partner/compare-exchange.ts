import { bodyCauses } from './body.ts'
import { mistakes, notSigned, type Difference } from './mistakes.ts'
import { exchangeHead, exchangeText, wrongExchangeTexts, type ExchangeParts } from './wrong-exchange.ts'

/**
 * Compares a string to sign with the one that these headers and this body make: header by header, and then the body.
 * Answers where they part first, with the usual causes; undefined where they are the same.
 */
export function compareExchangeText(parts: ExchangeParts, given: string): Difference | undefined {
  const text = exchangeText(parts)
  if (given === text) return undefined
  const known = wrongExchangeTexts(parts).find((wrong) => wrong.text === given)
  const place = placeOf(parts, given)
  return { ...place, causes: known === undefined ? place.causes : [known.mistake] }
}

function placeOf(parts: ExchangeParts, given: string): Difference {
  const head = exchangeHead(parts)
  if (given.startsWith(head)) return bodyPlace(parts.body, given.slice(head.length))
  const [wanted, got] = [head.split('&'), splitText(given).head.split('&')]
  const index = wanted.findIndex((part, at) => part !== got[at])
  const at = index === -1 ? wanted.length : index
  const name = nameOf(wanted[at] ?? got[at] ?? '')
  const where = `part ${at + 1} (${name})`
  return { where, expected: wanted[at] ?? '(nothing)', given: got[at] ?? '(nothing)', causes: [cause(wanted, got, at)] }
}

const bodyPlace = (body: string, given: string): Difference => ({
  where: 'the body',
  expected: body,
  given,
  causes: given.trim() === '' ? [mistakes.noBodyBehind] : bodyCauses(body, given),
})

const nameOf = (part: string): string => part.slice(0, part.indexOf('='))

function cause(wanted: string[], got: string[], at: number): string {
  const [expected = '', part = ''] = [wanted[at], got[at]]
  if (wanted.toSorted().join('&') === got.toSorted().join('&')) return mistakes.unsorted
  if (got.some((one) => nameOf(one) === 'sign')) return mistakes.signIncluded
  if (nameOf(part) === nameOf(expected)) {
    const isSeconds = nameOf(part) === 'timestamp' && /=\d{10}$/.test(part)
    return isSeconds
      ? mistakes.secondsNotMilliseconds
      : `${nameOf(part)} is another one than in the headers (or in what --as says).`
  }
  return got.some((one) => nameOf(one) === nameOf(expected)) || expected === ''
    ? `${nameOf(part)} is in the string, but it is not sent.`
    : notSigned(nameOf(expected))
}

/** A string to sign in its two parts: the body begins with its first brace. */
function splitText(text: string): { head: string; body: string } {
  const at = text.indexOf('{')
  return at === -1 ? { head: text, body: '' } : { head: text.slice(0, at), body: text.slice(at) }
}

/**
 * What can be expected of a string of which the request is not at hand: the merchant's own businessId, and whatever nonce,
 * time stamp, type and body it has, as long as they are well-formed.
 */
export function expectedParts(given: string, { businessId }: { businessId: string }, now: Date): ExchangeParts {
  const { head, body } = splitText(given)
  const read = (name: string): string => new RegExp(`(?:^|&)${name}=([^&]*)`, 'i').exec(head)?.[1]?.trim() ?? ''
  const timestamp = /^[1-9]\d{12}$/.exec(read('timestamp'))?.[0] ?? String(now.getTime())
  const headers = { businessId, nonce: read('nonce') || 'a1B2c3D4e5F6', timestamp, signType: read('signType') }
  return { headers, body: body.replace(/[\r\n]+$/, '') }
}
