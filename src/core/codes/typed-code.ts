import type { Alphabet } from './code-space.ts'

const withoutBlanks = (typed: string): string => typed.normalize('NFKC').replace(/[\s\p{Cf}]/gu, '')
const dashes = /[\p{Pd}\u2212]/gu

/**
 * A code as it is meant where a person has typed it: without blanks, dashes and what cannot be seen, and with full-width
 * digits and letters as plain ones.
 */
export const plainCode = (typed: string): string => withoutBlanks(typed).replace(dashes, '')

/**
 * What a typed code may mean, the likeliest first: as it stands, with its dashes and without them, in either case.
 * Imported codes may have dashes of their own, and nobody knows whether their maker tells cases apart.
 */
export function readingsOf(typed: string): string[] {
  const readings = [withoutBlanks(typed).replace(dashes, '-'), plainCode(typed)]
  const inEachCase = readings.flatMap((reading) => [reading, reading.toUpperCase(), reading.toLowerCase()])
  return [...new Set([typed, ...inEachCase])]
}

/** Whether what was typed is that code. */
export const isSameCode = (typed: string, code: string): boolean =>
  plainCode(typed).toUpperCase() === plainCode(code).toUpperCase()

/** The one reading that an alphabet allows: in its case, where it has only one. */
export function readingIn({ characters }: Alphabet, typed: string): string {
  const plain = plainCode(typed)
  if (!/[a-z]/.test(characters)) return plain.toUpperCase()
  return /[A-Z]/.test(characters) ? plain : plain.toLowerCase()
}
