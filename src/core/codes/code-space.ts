import { laneCount } from '../numbers/numbers.ts'
import { createPermutation, type Permutation } from './ff1.ts'

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

/**
 * The check value to put behind these values, each from 0 to radix − 1: Luhn's, generalised to any radix.
 *
 * It finds every single wrong character. Of two neighbours exchanged it finds all when the radix is odd, and all but
 * the pair of the first and the last character of the alphabet (09 and 90) when it is even. It keeps typing errors from
 * costing a look-up and from counting as guesses; it is no protection against guessing, for anyone can compute it.
 */
export function checkValueOf(values: readonly number[], radix: number): number {
  return (radix - weightedSum(values, radix, true)) % radix
}

/** Whether the last of the values is the check value of those before it. */
export function isCheckValueRight(values: readonly number[], radix: number): boolean {
  return weightedSum(values, radix, false) === 0
}

// Every second value counts doubled, beginning beside the check value.
function weightedSum(values: readonly number[], radix: number, isLastDoubled: boolean): number {
  let sum = 0
  let isDoubled = isLastDoubled
  for (let index = values.length - 1; index >= 0; index--) {
    sum += isDoubled ? doubled(values[index]!, radix) : values[index]!
    isDoubled = !isDoubled
  }
  return sum % radix
}

// Doubling must send different values to different ones, or an error between them goes unseen. Modulo an odd radix
// plain doubling does. Modulo an even one it does not (0 and 5 both give 0 of 10): there Luhn adds the two digits of the
// double, which is one more than its remainder. (With an odd radix Luhn's sum of digits would be the one that collides.)
function doubled(value: number, radix: number): number {
  const double = value * 2
  if (double < radix) return double
  return radix % 2 === 0 ? double - radix + 1 : double - radix
}

// A code is a serial number in disguise: permuted with the space's secret key, written in the alphabet, and a check
// character behind it. So codes are unique by construction, across templates and processes; the database holds
// serials, which are worthless without the key; and a redemption computes lane and row from the code, without an index.
//
// A serial is number × 256 + lane index. Each number is handed out once, with one lane: so of the 256 serials of a
// number one at most exists.

/** All codes of one alphabet and length. */
export type CodeSpace = {
  readonly id: number
  readonly alphabet: Alphabet
  readonly length: number
  /** How many codes the length has room for: radix^(length − 1), the check character being no room. */
  readonly capacity: bigint
  /** Numbers from 0 to fillLimit − 1 may be used; the space is full when the next number is fillLimit. */
  readonly fillLimit: number
  /** The code of a serial; an Error when its number is not below the fill limit. */
  codeOf: (serial: number) => string
  /** The serial of a code; undefined for a text that is no code of this space: length, alphabet, check, fill limit. */
  serialOf: (code: string) => number | undefined
}

type Shape = { id: number; alphabet: Alphabet; length: number }

const longestCode = 32

// One in ten million: a full space still answers a guess with a live code once in 10^7 tries, even though the guesser
// knows the check character's rule. A shop is stopped for a while after 20 unknown codes in 10 minutes: at 2,880
// guesses a day it needs nine years for one hit. Filling a space further would sell that safety for nothing, since one
// more character gives room for as many codes again as the alphabet has characters.
const codesPerNumber = 10_000_000n

// A serial is a safe integer in JavaScript and in JSON, however long the code is.
const mostNumbers = BigInt(Number.MAX_SAFE_INTEGER + 1) / BigInt(laneCount)

/**
 * Makes a code space from its key (32 bytes, `keyring.codesKey(id)`). An Error when the alphabet is too small for the
 * length: under 10^7 codes have room for no number at all (and FF1 asks for 10^6 itself).
 */
export function createCodeSpace({ key, ...shape }: Shape & { key: Buffer }): CodeSpace {
  requireLength(shape)
  if (key.length !== 32) throw new Error(`The key of code space ${shape.id} must have 32 bytes, not ${key.length}.`)
  const { alphabet, length } = shape
  const permutation = createPermutation(alphabet.radix, length - 1, key)
  const fillLimit = fillLimitOf(alphabet, length)
  return {
    ...shape,
    capacity: capacityOf(alphabet, length),
    fillLimit,
    codeOf: (serial) => {
      requireSerial(shape.id, serial, fillLimit)
      return writeCode(shape, permutation.forward(BigInt(serial)))
    },
    serialOf: (code) => readSerial(shape, permutation, code, fillLimit),
  }
}

/** The serial of a number in a lane: number from 0, lane index from 0 to 255. */
export const serialFrom = (number: number, laneIndex: number): number => number * laneCount + laneIndex

export const laneIndexOfSerial = (serial: number): number => serial % laneCount

export const numberOfSerial = (serial: number): number => Math.floor(serial / laneCount)

const capacityOf = (alphabet: Alphabet, length: number): bigint => BigInt(alphabet.radix) ** BigInt(length - 1)

function fillLimitOf(alphabet: Alphabet, length: number): number {
  const numbers = capacityOf(alphabet, length) / codesPerNumber
  return Number(numbers < mostNumbers ? numbers : mostNumbers)
}

function writeCode({ alphabet, length }: Shape, permuted: bigint): string {
  const values = numeralsOf(permuted, alphabet.radix, length - 1)
  values.push(checkValueOf(values, alphabet.radix))
  return textOf(alphabet, values)
}

function readSerial(shape: Shape, permutation: Permutation, code: string, fillLimit: number): number | undefined {
  if (code.length !== shape.length) return undefined
  const { radix } = shape.alphabet
  const values = valuesOf(shape.alphabet, code)
  if (values === undefined || !isCheckValueRight(values, radix)) return undefined
  const serial = permutation.backward(integerOf(values.slice(0, -1), radix))
  // Of texts that are not codes of ours nearly all end here: they cost no look-up.
  return serial < BigInt(fillLimit * laneCount) ? Number(serial) : undefined
}

function numeralsOf(integer: bigint, radix: number, width: number): number[] {
  const numerals = Array.from({ length: width }, () => 0)
  let rest = integer
  for (let index = width - 1; index >= 0; index--) {
    numerals[index] = Number(rest % BigInt(radix))
    rest /= BigInt(radix)
  }
  return numerals
}

function integerOf(numerals: readonly number[], radix: number): bigint {
  let integer = 0n
  for (const numeral of numerals) integer = integer * BigInt(radix) + BigInt(numeral)
  return integer
}

function requireLength({ alphabet, length }: Shape): void {
  let shortest = 1
  while (capacityOf(alphabet, shortest) < codesPerNumber) shortest++
  if (Number.isInteger(length) && length >= shortest && length <= longestCode) return
  throw new Error(
    `Codes from an alphabet of ${alphabet.radix} characters have ${shortest} to ${longestCode} characters, not ${length}: ` +
      'only one in ten million possible codes is ever used, so that nobody can guess one. ' +
      `Choose a longer code or a larger alphabet.`,
  )
}

function requireSerial(spaceId: number, serial: number, fillLimit: number): void {
  if (!Number.isSafeInteger(serial) || serial < 0) throw new Error(`${serial} is no serial number of a code.`)
  if (numberOfSerial(serial) < fillLimit) return
  throw new Error(`Code space ${spaceId} is full: it holds ${fillLimit} codes. Use longer codes or a larger alphabet.`)
}
