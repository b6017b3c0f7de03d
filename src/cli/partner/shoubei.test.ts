import { createHash, createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { parseJsonObject, type JsonObject } from '../../wire/json.ts'
import { shoubeiSign, shoubeiSignText } from '../../wire/shoubei-signature.ts'
import { compareShoubeiText, fieldsOf, explainShoubeiSign } from './shoubei.ts'
import { mistakes } from './mistakes.ts'

const key = '0123456789abcdef'
const fields = parse(
  '{"inst_no":"60000001","amount":"100","Ab":"x/y 券","shop_no":"","ts":"20231025142422","memo":null}',
)
const text = shoubeiSignText(fields, key)
const withKey = (some: string): string => `${some}&key=${key}`
const unsorted = withKey('inst_no=60000001&amount=100&Ab=x/y 券&shop_no=&ts=20231025142422')

const classics: [title: string, given: string, mistake: string][] = [
  ['fields as they were written', unsorted, mistakes.unsorted],
  ['an empty field left out', text.replace('&shop_no=', ''), mistakes.emptyLeftOut],
  ['null kept as a word', text.replace('&shop_no=', '&memo=null&shop_no='), mistakes.nullKept],
  ['null kept as nothing', text.replace('&shop_no=', '&memo=&shop_no='), mistakes.nullKept],
  ['sign in the string', text.replace('&ts=', '&sign=&ts='), mistakes.signIncluded],
  ['no key', text.slice(0, text.indexOf('&key=')), mistakes.noKey],
  ['the key without its name', text.replace('&key=', '&'), mistakes.keyJoinedDirectly],
  ['the key joined to the last value', text.replace('&key=', ''), mistakes.keyJoinedDirectly],
  ['values encoded by percents', text.replace('x/y 券', encodeURIComponent('x/y 券')), mistakes.percentEncoded],
  ['a line feed at the end', `${text}\n`, mistakes.lineFeedAtEnd],
]

type Slip = { title: string; make: (given: string) => string; mistake: string }

const withValue =
  (spelt: string) =>
  (given: string): string =>
    given.replace('x/y 券', spelt)

// What can happen to a string by itself, so that two of them can happen to one.
const slips: Slip[] = [
  { title: 'a line feed at the end', make: (given) => `${given}\n`, mistake: mistakes.lineFeedAtEnd },
  { title: 'an end as on Windows', make: (given) => `${given}\r\n`, mistake: mistakes.lineFeedAtEnd },
  { title: 'percents', make: withValue('x%2Fy%20%E5%88%B8'), mistake: mistakes.percentEncoded },
  { title: 'percents in lower case', make: withValue('x%2fy%20%e5%88%b8'), mistake: mistakes.percentEncoded },
  { title: 'percents as in a form', make: withValue('x%2Fy+%E5%88%B8'), mistake: mistakes.percentEncoded },
  {
    title: 'null kept',
    make: (given) => given.replace('&shop_no=', '&memo=null&shop_no='),
    mistake: mistakes.nullKept,
  },
  { title: 'sign in it', make: (given) => given.replace('&ts=', '&sign=&ts='), mistake: mistakes.signIncluded },
  {
    title: 'the key without its name',
    make: (given) => given.replace('&key=', '&'),
    mistake: mistakes.keyJoinedDirectly,
  },
]

const pairs = slips.flatMap((first) =>
  slips
    .filter(({ mistake }) => mistake !== first.mistake)
    .map((second) => [first.title, second.title, first, second] as const),
)

describe("compared with Shoubei's string to sign", () => {
  test.each(classics)('%s is named', (_, given, mistake) => {
    expect(compareShoubeiText(fields, key, given)?.causes).toEqual([mistake])
  })

  it.each(slips)('$title is named in every spelling', ({ make, mistake }) => {
    expect(compareShoubeiText(fields, key, make(text))?.causes).toEqual([mistake])
  })

  it.each(pairs)('%s and %s: one of the two is named, and nothing else', (_, __, first, second) => {
    const causes = compareShoubeiText(fields, key, second.make(first.make(text)))?.causes
    expect([[first.mistake], [second.mistake]]).toContainEqual(causes)
  })

  it('sorting without regard to case is named', () => {
    const mixed = parse('{"a":"1","B":"2"}')
    const given = withKey('a=1&B=2')
    expect(compareShoubeiText(mixed, key, given)?.causes).toEqual([mistakes.sortedIgnoringCase])
    expect(explainShoubeiSign(mixed, key, md5(given))).toBe(mistakes.unsorted)
    const turned = parse('{"B":"2","a":"1"}')
    expect(explainShoubeiSign(turned, key, md5(given))).toBe(mistakes.sortedIgnoringCase)
  })

  it('the part, its name and both values are shown', () => {
    const given = text.replace('amount=100', 'amount=101')
    const place = { where: 'part 2 (amount)', expected: 'amount=100', given: 'amount=101' }
    expect(compareShoubeiText(fields, key, given)).toMatchObject(place)
  })

  it('a field that is sent but not signed, and one that is signed but not sent, are named', () => {
    const less = compareShoubeiText(fields, key, text.replace('&inst_no=60000001', ''))
    expect(less?.causes.join()).toContain('inst_no is sent, but it is not in the string')
    const more = compareShoubeiText(fields, key, text.replace('&inst_no', '&extra=1&inst_no'))
    expect(more?.causes.join()).toContain('extra is in the string, but it is not sent')
  })

  it('another key is named and neither is shown', () => {
    const found = compareShoubeiText(fields, key, text.replace(key, 'another'))
    expect(found).toMatchObject({ where: 'part 6 (key)', expected: 'key=***', causes: [mistakes.otherKey] })
  })

  it('the string itself has no difference, and any change at all is one', () => {
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.string({ maxLength: 3 }), (index, put) => {
        const given = text.slice(0, index) + put + text.slice(index + 1)
        expect(compareShoubeiText(fields, key, given) === undefined).toBe(given === text)
      }),
    )
  })

  // What only the request can tell: whether an empty field was sent, and what a value was before it was encoded.
  const isHidden = (mistake: string, given: string): boolean =>
    mistake === mistakes.emptyLeftOut || mistake === mistakes.percentEncoded || given.includes('memo=&')
  test.each(classics.filter(([, given, mistake]) => !isHidden(mistake, given)))(
    '%s is found without the request too',
    (_, given) => {
      expect(compareShoubeiText(fieldsOf(given), key, given)).toBeDefined()
    },
  )

  it('a string of the right form is well without its request', () => {
    expect(compareShoubeiText(fieldsOf(text), key, text)).toBeUndefined()
  })
})

describe("from a request's sign alone", () => {
  test.each(classics)('%s is named', (_, given, mistake) => {
    expect(explainShoubeiSign(fields, key, md5(given))).toBe(mistake)
  })

  const right = shoubeiSign(fields, key)
  test.each([
    ['upper case', right.toUpperCase(), mistakes.upperCase],
    ['Base64', createHash('md5').update(text).digest('base64'), mistakes.base64Digest],
    ['16 digits', right.slice(8, 24), mistakes.halfDigest],
    ['SHA-256', createHash('sha256').update(text).digest('hex'), mistakes.sha256],
    ['an HMAC', createHmac('sha256', key).update(text).digest('hex'), mistakes.hmac],
    ['two mistakes at once', md5(unsorted).toUpperCase(), `${mistakes.unsorted} ${mistakes.upperCase}`],
  ])('%s is named', (_, sign, mistake) => {
    expect(explainShoubeiSign(fields, key, sign)).toBe(mistake)
  })

  it('nothing is said of a sign that is right, and nothing is made up for one that nobody can explain', () => {
    expect(explainShoubeiSign(fields, key, right)).toBe('')
    expect(explainShoubeiSign(fields, key, md5('something else'))).toBeUndefined()
  })
})

function parse(json: string): JsonObject {
  return parseJsonObject(Buffer.from(json))
}

function md5(given: string): string {
  return createHash('md5').update(given).digest('hex')
}
