/** True for one or more of the characters `!` to `~`: what ids and numbers may be made of. No spaces; not empty. */
export function isPrintableAscii(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text)
}

/** True where a control character is in it (C0, DEL, C1): never part of a name, and PostgreSQL refuses NUL. */
export function hasControlCharacters(text: string): boolean {
  return /\p{Cc}/u.test(text)
}

/** Counts code points, as partners' length limits do: an emoji outside the basic plane is one character. */
export function characterCount(text: string): number {
  const pairs = text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0
  return text.length - pairs
}

/**
 * Hides the middle of a code, openid or mobile for logs and lists. At least two thirds of the characters are hidden, at
 * most four are shown at either end; shorter than six, all are. The number of stars does not tell the length.
 */
export function maskMiddle(text: string): string {
  const characters = Array.from(text)
  const shown = Math.min(4, Math.floor(characters.length / 6))
  const end = characters.slice(characters.length - shown)
  return `${characters.slice(0, shown).join('')}****${end.join('')}`
}
