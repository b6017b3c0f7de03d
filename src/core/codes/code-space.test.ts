import * as fc from 'fast-check'
import { expect, test, describe } from 'vitest'
import {
  digits,
  parseAlphabet,
  readable,
  textOf,
  valuesOf,
  checkValueOf,
  isCheckValueRight,
  type Alphabet,
  type CodeSpace,
  createCodeSpace,
  laneIndexOfSerial,
  numberOfSerial,
  serialFrom,
} from './code-space.ts'

test('a text and its values lead to one another', () => {
  expect(valuesOf(digits, '0791')).toEqual([0, 7, 9, 1])
  expect(textOf(digits, [0, 7, 9, 1])).toBe('0791')
  const all = parseAlphabet('zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA9876543210')
  expect(valuesOf(all, all.characters)).toEqual(Array.from({ length: 62 }, (_, value) => value))
})

test('a text with a character of another alphabet has no values', () => {
  for (const text of ['12a4', '12 4', '１234', '12😀', '-1']) expect(valuesOf(digits, text)).toBeUndefined()
})

test('the readable alphabet leaves out what looks alike', () => {
  expect(readable.radix).toBe(31)
  for (const character of '0O1IL') expect(readable.values.has(character)).toBe(false)
})

test('an alphabet of one character, of doubles or of signs is refused', () => {
  expect(() => parseAlphabet('')).toThrow('at least 2')
  expect(() => parseAlphabet('A')).toThrow('at least 2')
  expect(() => parseAlphabet('01234056')).toThrow('twice')
  expect(() => parseAlphabet('0123-')).toThrow('letters')
  expect(() => parseAlphabet('01券')).toThrow('letters')
})

const radixes = fc.integer({ min: 2, max: 62 })

const checkedValues = radixes.chain((radix) =>
  fc.record({
    radix: fc.constant(radix),
    values: fc
      .array(fc.integer({ min: 0, max: radix - 1 }), { minLength: 2, maxLength: 31 })
      .map((values) => values.concat(checkValueOf(values, radix))),
    position: fc.nat(),
    difference: fc.integer({ min: 1, max: radix - 1 }),
  }),
)

describe('the check value', () => {
  test("is Luhn's for digits", () => {
    expect(checkValueOf([7, 9, 9, 2, 7, 3, 9, 8, 7, 1], 10)).toBe(3)
    expect(isCheckValueRight([7, 9, 9, 2, 7, 3, 9, 8, 7, 1, 3], 10)).toBe(true)
  })

  test('fits what it was made for', () => {
    fc.assert(fc.property(checkedValues, ({ radix, values }) => isCheckValueRight(values, radix)))
  })

  test('finds every single wrong character, in any radix', () => {
    fc.assert(
      fc.property(checkedValues, ({ radix, values, position, difference }) => {
        const index = position % values.length
        const wrong = values.with(index, (values[index]! + difference) % radix)
        expect(isCheckValueRight(wrong, radix)).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })

  test('finds neighbours exchanged: all in an odd radix, all but first and last of the alphabet in an even one', () => {
    fc.assert(
      fc.property(checkedValues, ({ radix, values, position }) => {
        const index = position % (values.length - 1)
        const [one, other] = [values[index]!, values[index + 1]!]
        fc.pre(one !== other)
        const exchanged = values.with(index, other).with(index + 1, one)
        const isBlindSpot = radix % 2 === 0 && Math.abs(one - other) === radix - 1
        expect(isCheckValueRight(exchanged, radix)).toBe(isBlindSpot)
      }),
      { numRuns: 1000 },
    )
  })
})

const everyCharacter = parseAlphabet('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz')
const hexadecimal = parseAlphabet('0123456789abcdef')
const key = Buffer.alloc(32, 'a key for tests')

const spaceOf = (alphabet: Alphabet, length: number, spaceKey = key): CodeSpace =>
  createCodeSpace({ id: 1, alphabet, length, key: spaceKey })

const shapes: [Alphabet, number][] = [
  [digits, 8],
  [digits, 12],
  [digits, 16],
  [digits, 20],
  [digits, 32],
  [hexadecimal, 16],
  [readable, 7],
  [readable, 12],
  [readable, 31],
  [everyCharacter, 7],
  [everyCharacter, 10],
  [everyCharacter, 32],
]
const spaces = fc.constantFrom(...shapes.map(([alphabet, length]) => spaceOf(alphabet, length)))

const serialsOf = (space: CodeSpace): fc.Arbitrary<number> =>
  fc
    .tuple(fc.integer({ min: 0, max: space.fillLimit - 1 }), fc.integer({ min: 0, max: 255 }))
    .map(([number, laneIndex]) => serialFrom(number, laneIndex))

const spacesAndSerials = spaces.chain((space) => fc.record({ space: fc.constant(space), serial: serialsOf(space) }))

describe('a code', () => {
  test('leads back to its serial, in every alphabet and length', () => {
    fc.assert(
      fc.property(spacesAndSerials, ({ space, serial }) => {
        const code = space.codeOf(serial)
        expect(code).toHaveLength(space.length)
        expect(Array.from(code).every((character) => space.alphabet.values.has(character))).toBe(true)
        expect(space.serialOf(code)).toBe(serial)
      }),
      { numRuns: 500 },
    )
  })

  test('is unlike the code of every other serial', () => {
    const space = spaceOf(digits, 16)
    const codes = Array.from({ length: 5000 }, (_, serial) => space.codeOf(serial))
    expect(new Set(codes).size).toBe(codes.length)
  })

  test('with one wrong character is none', () => {
    fc.assert(
      fc.property(spacesAndSerials, fc.nat(), fc.nat(), ({ space, serial }, position, choice) => {
        const code = space.codeOf(serial)
        const index = position % code.length
        const others = space.alphabet.characters.replace(code[index]!, '')
        const wrong = code.slice(0, index) + others[choice % others.length]! + code.slice(index + 1)
        expect(space.serialOf(wrong)).toBeUndefined()
      }),
    )
  })

  test('of another length, another alphabet or another case is none', () => {
    const space = spaceOf(readable, 12)
    const code = space.codeOf(1000)
    for (const text of [
      '',
      code.slice(1),
      `${code}2`,
      `${code} `,
      `0${code.slice(1)}`,
      code.toLowerCase(),
      '😀😀😀😀😀😀',
    ]) {
      expect(space.serialOf(text)).toBeUndefined()
    }
  })

  test('never changes between releases, for it is in people’s hands', () => {
    expect(spaceOf(digits, 16).codeOf(serialFrom(123_456, 78))).toBe('5732985120214669')
    expect(spaceOf(readable, 12).codeOf(serialFrom(0, 0))).toBe('ED3JWZG393QU')
  })
})

describe('codes look unrelated to their serials', () => {
  const space = spaceOf(digits, 16)
  const codes = Array.from({ length: 4000 }, (_, serial) => space.codeOf(serial))

  test('neighbours agree in a tenth of their places, as strangers do', () => {
    let agreements = 0
    for (let index = 1; index < codes.length; index++) {
      agreements += Array.from(codes[index]!).filter((digit, place) => digit === codes[index - 1]![place]).length
    }
    expect(agreements / (16 * (codes.length - 1))).toBeCloseTo(0.1, 2)
  })

  test('each place takes each digit equally often', () => {
    for (let place = 0; place < 16; place++) {
      const counts = Array.from('0123456789', (digit) => codes.filter((code) => code[place] === digit).length)
      expect(Math.min(...counts)).toBeGreaterThan(300)
      expect(Math.max(...counts)).toBeLessThan(500)
    }
  })

  test('another key gives other codes, and does not read these', () => {
    const another = spaceOf(digits, 16, Buffer.alloc(32, 'another key'))
    const read = codes.map((code) => another.serialOf(code)).filter((serial) => serial !== undefined)
    expect(read.length).toBeLessThan(3)
    expect(another.codeOf(0)).not.toBe(codes[0])
  })
})

describe('the fill limit', () => {
  test('is one in ten million of the possible codes, and at most what a safe integer counts', () => {
    expect(spaceOf(digits, 16)).toMatchObject({ capacity: 10n ** 15n, fillLimit: 100_000_000 })
    expect(spaceOf(digits, 8)).toMatchObject({ capacity: 10n ** 7n, fillLimit: 1 })
    expect(spaceOf(everyCharacter, 32)).toMatchObject({ capacity: 62n ** 31n, fillLimit: 2 ** 45 })
  })

  test('leaves room for every lane of its last number', () => {
    for (const [alphabet, length] of shapes) {
      const { capacity, fillLimit } = spaceOf(alphabet, length)
      const last = serialFrom(fillLimit - 1, 255)
      expect(Number.isSafeInteger(last)).toBe(true)
      expect(BigInt(last) < capacity).toBe(true)
    }
  })

  test('stops the making of codes', () => {
    const space = spaceOf(digits, 10)
    expect(space.fillLimit).toBe(100)
    expect(space.serialOf(space.codeOf(serialFrom(99, 255)))).toBe(serialFrom(99, 255))
    expect(() => space.codeOf(serialFrom(100, 0))).toThrow('full: it holds 100 codes')
    for (const serial of [-1, 0.5, 2 ** 53]) expect(() => space.codeOf(serial)).toThrow('no serial number')
  })

  test('makes a guessed text a serial about as rarely as it promises', () => {
    // 256 serials belong to each number, of which one exists: 256 in 10^7 guesses get past the key, the rest end here.
    const space = spaceOf(digits, 16)
    const stranger = spaceOf(digits, 16, Buffer.alloc(32, 'a guesser'))
    const guesses = Array.from({ length: 5000 }, (_, serial) => stranger.codeOf(serial))
    expect(guesses.filter((guess) => space.serialOf(guess) !== undefined).length).toBeLessThan(5)
  })
})

test('a serial is a number and a lane index', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 45 - 1 }), fc.integer({ min: 0, max: 255 }), (number, laneIndex) => {
      const serial = serialFrom(number, laneIndex)
      expect(numberOfSerial(serial)).toBe(number)
      expect(laneIndexOfSerial(serial)).toBe(laneIndex)
    }),
  )
})

test('a length that cannot be is refused with the lengths that can', () => {
  expect(() => spaceOf(digits, 7)).toThrow('8 to 32 characters, not 7')
  expect(() => spaceOf(readable, 5)).toThrow('6 to 32 characters')
  expect(() => spaceOf(digits, 33)).toThrow('not 33')
  expect(() => spaceOf(digits, 15.5)).toThrow('not 15.5')
  expect(() => spaceOf(digits, 16, Buffer.alloc(16))).toThrow('32 bytes, not 16')
})
