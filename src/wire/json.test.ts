import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { isJsonNumber, isJsonObject, jsonNumber, parseJsonObject, type JsonValue, JsonError } from './json.ts'

const parse = (text: string) => parseJsonObject(Buffer.from(text))

/** What JSON.parse would have made of the same value. */
function toPlain(value: JsonValue): unknown {
  if (isJsonNumber(value)) return Number(value.numberText)
  if (Array.isArray(value)) return value.map(toPlain)
  if (isJsonObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toPlain(item)]))
  return value
}

function refusalOf(bytes: Uint8Array): JsonError | undefined {
  try {
    parseJsonObject(bytes)
    return undefined
  } catch (error) {
    if (error instanceof JsonError) return error
    throw error
  }
}

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0

const nested = (levels: number) => '{"a":'.repeat(levels - 1) + '{}' + '}'.repeat(levels - 1)

describe('parseJsonObject', () => {
  it('reads every kind of value', () => {
    const object = parse(' {"a":"x","b":[true,false,null,{}],"c":{"d":[]},"e":-1.50e+3}\r\n\t')
    expect(toPlain(object)).toEqual({ a: 'x', b: [true, false, null, {}], c: { d: [] }, e: -1500 })
    expect(object['e']).toEqual(jsonNumber('-1.50e+3'))
  })

  it('reads every escape', () => {
    expect(parse(String.raw`{"a":"\"\\\/\b\f\n\r\t\u0041\u00e9\ud83c\udfab"}`)['a']).toBe('"\\/\b\f\n\r\tAé🎫')
  })

  it('reads what stands in a part of a larger buffer', () => {
    expect(parseJsonObject(Buffer.from('xx{"a":"b"}yy').subarray(2, 11))['a']).toBe('b')
  })

  it('keeps the text of numbers as written', () => {
    const texts = ['0', '-0', '1.0', '1e3', '1E+3', '0.10', '123456789012345678901234567890']
    for (const text of texts) expect(parse(`{"n":${text}}`)['n']).toEqual(jsonNumber(text))
  })

  it('tells a number from an object that looks like one', () => {
    const value = parse('{"n":{"numberText":"1"}}')['n']
    expect(isJsonNumber(value)).toBe(false)
    expect(isJsonObject(value)).toBe(true)
  })

  it('takes __proto__ and constructor for keys like any other', () => {
    const object = parse('{"__proto__":{"isAdmin":true},"constructor":"c","toString":"t"}')
    expect(Object.keys(object)).toEqual(['__proto__', 'constructor', 'toString'])
    expect(object['isAdmin']).toBeUndefined()
    expect(parse('{}')['constructor']).toBeUndefined()
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined()
  })

  it('agrees with JSON.parse about everything that JSON.stringify writes', () => {
    const keys = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('__proto__', 'constructor', '1', ''))
    const values = fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme' })
    fc.assert(
      fc.property(fc.dictionary(keys, values), fc.constantFrom(0, 2), (object, indent) => {
        const text = JSON.stringify(object, undefined, indent)
        expect(toPlain(parse(text))).toEqual(JSON.parse(text))
      }),
    )
  })

  it('takes no damaged text that JSON.parse refuses, and refuses no text without one of its reasons', () => {
    const own = /^(duplicate key|lone surrogate|expected an object|more than 20 levels)/
    const piece = fc.constantFrom(
      ...'{}[]",:\\ue0019.-+ \n\t\u0000tfn'.split(''),
      '"a":',
      '\\ud800',
      'null',
      '\ufeff',
      'é',
    )
    const original = '{"a":[1,-2.5e3,true,null,"x\\n\\u0041"],"b":{"c":""}}'
    const edit = fc.tuple(fc.nat(original.length), fc.nat(3), piece)
    const damaged = fc.array(edit, { minLength: 1, maxLength: 3 }).map((edits) => {
      let text = original
      for (const [at, removed, inserted] of edits) text = text.slice(0, at) + inserted + text.slice(at + removed)
      return text
    })
    fc.assert(
      fc.property(damaged, (text) => {
        const refusal = refusalOf(Buffer.from(text))
        if (refusal === undefined) expect(toPlain(parse(text))).toEqual(JSON.parse(text))
        else if (!own.test(refusal.reason)) expect(() => JSON.parse(text) as unknown, text).toThrow()
      }),
      { numRuns: 2000 },
    )
  })

  it('never throws anything but a JsonError, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => refusalOf(bytes) !== null))
  })
})

describe('parseJsonObject refuses', () => {
  test.each([
    ['', 'expected an object at offset 0'],
    ['   ', 'expected an object at offset 3'],
    ['[]', 'expected an object at offset 0'],
    ['"a"', 'expected an object at offset 0'],
    ['null', 'expected an object at offset 0'],
    ['1', 'expected an object at offset 0'],
    ['\ufeff{}', 'byte order mark at offset 0'],
    ['{} x', 'unexpected text behind the object at offset 3'],
    ['{}{}', 'unexpected text behind the object at offset 2'],
    ['{}\u0000', 'unexpected text behind the object at offset 2'],
    ['{}\u00a0', 'unexpected text behind the object at offset 2'],
    ['{', 'expected a key in quotes at offset 1'],
    ['{"a"', "expected ':' at offset 4"],
    ['{"a" "b"}', "expected ':' at offset 5"],
    ['{"a":', 'expected a value at offset 5'],
    ['{"a":}', 'expected a value at offset 5'],
    ['{"a":1', "expected ',' or '}' at offset 6"],
    ['{"a":1,}', 'expected a key in quotes at offset 7'],
    ['{,}', 'expected a key in quotes at offset 1'],
    ['{a:1}', 'expected a key in quotes at offset 1'],
    ["{'a':1}", 'expected a key in quotes at offset 1'],
    ['{"a":[1,]}', 'expected a value at offset 8'],
    ['{"a":[1}', "expected ',' or ']' at offset 7"],
    ['{"a":[1 2]}', "expected ',' or ']' at offset 8"],
    ['{/**/}', 'expected a key in quotes at offset 1'],
    ['{"a":"b', 'the text ends inside a string at offset 7'],
    ['{"a":"b\\', 'unknown escape in a string at offset 7'],
    ['{"a":"\n"}', 'control character in a string at offset 6'],
    ['{"a":"\u0000"}', 'control character in a string at offset 6'],
    ['{"a":"\\x41"}', 'unknown escape in a string at offset 6'],
    ['{"a":"\\u00g0"}', 'a \\u escape needs four hexadecimal digits at offset 6'],
    ['{"a":"\\u41"}', 'a \\u escape needs four hexadecimal digits at offset 6'],
    ['{"a":"\\ud800"}', 'lone surrogate in a string at offset 6'],
    ['{"a":"\\udc00"}', 'lone surrogate in a string at offset 6'],
    ['{"a":"\\ud800\\ud800"}', 'lone surrogate in a string at offset 6'],
    ['{"a":"\\ud800x"}', 'lone surrogate in a string at offset 6'],
    ['{"\\udfff":1}', 'lone surrogate in a string at offset 2'],
    ['{"a":1,"a":1}', 'duplicate key "a" at offset 7'],
    ['{"a":null,"\\u0061":1}', 'duplicate key "a" at offset 10'],
    ['{"b":{"a":1,"a":1}}', 'duplicate key "a" at offset 12'],
    ['{"__proto__":1,"__proto__":2}', 'duplicate key "__proto__" at offset 15'],
    ['{"券":"码","券":1}', 'duplicate key "券" at offset 13'],
    ['{"a":01}', "expected ',' or '}' at offset 6"],
    ['{"a":+1}', 'expected a value at offset 5'],
    ['{"a":.5}', 'expected a value at offset 5'],
    ['{"a":1.}', "expected ',' or '}' at offset 6"],
    ['{"a":1e}', "expected ',' or '}' at offset 6"],
    ['{"a":0x10}', "expected ',' or '}' at offset 6"],
    ['{"a":-}', 'expected a value at offset 5'],
    ['{"a":NaN}', 'expected a value at offset 5'],
    ['{"a":Infinity}', 'expected a value at offset 5'],
    ['{"a":undefined}', 'expected a value at offset 5'],
    ['{"a":True}', 'expected a value at offset 5'],
    ['{"a":tru}', 'expected a value at offset 5'],
    ['{"a":truee}', "expected ',' or '}' at offset 9"],
    ['{"a":１}', 'expected a value at offset 5'],
    [nested(21), 'more than 20 levels at offset 100'],
    [`{"a":${'['.repeat(20)}`, 'more than 20 levels at offset 24'],
  ])('%j: %s', (text, message) => {
    expect(refusalOf(Buffer.from(text))?.message).toBe(message)
  })

  test.each([
    ['a byte that no UTF-8 has', [0xff], 6],
    ['a continuation byte alone', [0x80], 6],
    ['an overlong slash', [0xc0, 0xaf], 6],
    ['a surrogate in UTF-8', [0xed, 0xa0, 0x80], 6],
    ['a code point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80], 6],
    ['GBK', [0xc2, 0xeb], 6],
  ])('%s, naming its offset', (_, bytes, offset) => {
    const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')])
    expect(refusalOf(body)?.message).toBe(`invalid UTF-8 at offset ${offset}`)
  })

  it('UTF-16 and gzip', () => {
    expect(refusalOf(Buffer.from('{"a":1}', 'utf16le'))?.reason).toBe('expected a key in quotes')
    expect(refusalOf(Buffer.from([0x1f, 0x8b, 8, 0]))?.reason).toBe('invalid UTF-8')
  })

  it('a level too many and a byte too many, but not one less', () => {
    expect(depthOf(toPlain(parse(nested(20))))).toBe(20)
    expect(() => parseJsonObject(Buffer.from('{"a":[]}'), { maxDepth: 1 })).toThrow('more than 1 levels at offset 5')
    expect(parse('{}'.padEnd(262_144))).toEqual(Object.create(null))
    expect(() => parse('{}'.padEnd(262_145))).toThrow('more than 262144 bytes')
    expect(() => parseJsonObject(Buffer.from('{"a":1}'), { maxBytes: 6 })).toThrow('more than 6 bytes at offset 6')
  })

  it('a body of nothing but opening brackets at the level that is too many', () => {
    expect(refusalOf(Buffer.from('['.repeat(262_144)))?.offset).toBe(0)
    expect(refusalOf(Buffer.from('{"a":'.repeat(52_428)))?.offset).toBe(100)
  })

  it('a long duplicate key in a short sentence without line breaks', () => {
    const key = JSON.stringify('\n'.repeat(1000))
    const reason = refusalOf(Buffer.from(`{${key}:1,${key}:2}`))?.reason ?? ''
    expect(reason.length).toBeLessThan(160)
    expect(reason).not.toContain('\n')
  })
})
