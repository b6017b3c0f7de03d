/** The characters of a code in the order of their values: the first stands for 0. Made by `parseAlphabet`. */
export type Alphabet = {
  readonly characters: string
  readonly radix: number
  readonly values: ReadonlyMap<string, number>
}

const fewestCharacters = 2

export const digits = parseAlphabet('0123456789')

/** Capitals and digits that people do not mistake for one another when they read or type them: without 0 O 1 I L. */
export const readable = parseAlphabet('23456789ABCDEFGHJKMNPQRSTUVWXYZ')

/**
 * Takes 2 to 62 different ASCII letters and digits. No other characters: codes travel in URLs, barcodes, till receipts
 * and partners' fields of printable ASCII. The order is part of the alphabet: another order gives other codes.
 */
export function parseAlphabet(characters: string): Alphabet {
  const values = new Map(Array.from(characters, (character, value) => [character, value]))
  if (!/^[0-9A-Za-z]*$/.test(characters))
    throw new Error('An alphabet consists of the letters A–Z, a–z and digits alone.')
  if (values.size !== characters.length) throw new Error(`The alphabet "${characters}" has a character twice.`)
  if (values.size < fewestCharacters) throw new Error(`An alphabet needs at least ${fewestCharacters} characters.`)
  return { characters, radix: values.size, values }
}

/** The values of a text's characters; undefined when one of them is not of the alphabet. */
export function valuesOf(alphabet: Alphabet, text: string): number[] | undefined {
  const values: number[] = []
  for (const character of text) {
    const value = alphabet.values.get(character)
    if (value === undefined) return undefined
    values.push(value)
  }
  return values
}

/** The text whose characters have these values, each from 0 to radix − 1. */
export function textOf(alphabet: Alphabet, values: readonly number[]): string {
  let text = ''
  for (const value of values) text += alphabet.characters[value]!
  return text
}
