import { createHash, createHmac, generateKeyPairSync, sign as signWith } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { checkExchangeFiles } from './check-files.ts'
import { compareExchangeText, expectedParts, explainExchangeSign } from './exchange.ts'
import { mistakes } from './mistakes.ts'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const identity = {
  businessId: '754ea3e3',
  merchantId: 'eb1bb305',
  md5Key: '1234567890abcdef',
  privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  infoPath: '/v1/openapi/order/info',
}
const body = '{"businessId":"754ea3e3","merchantId":"eb1bb305","url":"https://a.example/b"}'
const headers = { businessId: identity.businessId, nonce: 'n-1', timestamp: '1628772138668', signType: 'SHA256-RSA' }
const parts = { headers, body }
const untyped = { headers: { ...headers, signType: '' }, body }
const head = 'businessId=754ea3e3&nonce=n-1&signType=SHA256-RSA&timestamp=1628772138668'
const text = head + body

const classics: [title: string, given: string, mistake: string][] = [
  ['an & before the body', `${head}&${body}`, mistakes.joinedBody],
  ['a line feed before the body', `${head}\n${body}`, mistakes.joinedBody],
  ['the body as a parameter', `${head}&body=${body}`, mistakes.joinedBody],
  ['a line feed at the end', `${text}\n`, mistakes.lineFeedBehindBody],
  ['no body', head, mistakes.noBodyBehind],
  ['the body alone', body, mistakes.onlyBody],
  ['no signType', text.replace('&signType=SHA256-RSA', ''), mistakes.signTypeLeftOut],
  [
    'headers as they were sent',
    `businessId=754ea3e3&nonce=n-1&timestamp=1628772138668&signType=SHA256-RSA${body}`,
    mistakes.unsorted,
  ],
  [
    'names in lower case',
    text.replace('businessId=', 'businessid=').replace('signType=', 'signtype='),
    mistakes.lowerNames,
  ],
  ['values alone', `754ea3e3&n-1&SHA256-RSA&1628772138668${body}`, mistakes.valuesAlone],
  ['seconds', text.replace('1628772138668', '1628772138'), mistakes.secondsNotMilliseconds],
  ['a body written anew', head + body.replaceAll(':"', ': "').replaceAll(',', ', '), mistakes.reserialised],
  ['a body with other escapes', head + body.replaceAll('/', '\\/'), mistakes.escaped],
]
const rsa = (given: string | Buffer, key = privateKey, algorithm = 'sha256') =>
  signWith(algorithm, Buffer.from(given), key).toString('base64')
const md5 = (given: string) => createHash('md5').update(given).digest('hex').toUpperCase()

describe("compared with Exchange's string to sign", () => {
  test.each(classics)('%s is named', (_, given, mistake) => {
    expect(compareExchangeText(parts, given)?.causes).toEqual([mistake])
  })

  it('the header, its name and both values are shown', () => {
    const place = { where: 'part 2 (nonce)', expected: 'nonce=n-1', given: 'nonce=n-2' }
    expect(compareExchangeText(parts, text.replace('n-1', 'n-2'))).toMatchObject(place)
  })

  it('a header that is signed and not sent, or sent and not signed, is named', () => {
    expect(compareExchangeText(untyped, text)?.causes).toEqual([mistakes.signTypeNotSent])
    expect(compareExchangeText(parts, text.replace('nonce=n-1&', ''))?.causes[0]).toContain('nonce is sent, but')
    expect(compareExchangeText(parts, `appId=1&${text}`)?.causes[0]).toContain(
      'appId is in the string, but it is not sent',
    )
  })

  it('the string itself has no difference, and any change at all is one', () => {
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.string({ maxLength: 3 }), (index, put) => {
        const given = text.slice(0, index) + put + text.slice(index + 1)
        expect(compareExchangeText(parts, given) === undefined).toBe(given === text)
      }),
    )
  })

  it('a string alone is compared with what can be known of it', () => {
    const now = new Date(1_628_772_138_668)
    const compare = (given: string) => compareExchangeText(expectedParts(given, identity, now), given)
    expect(compare(text)).toBeUndefined()
    expect(compare(text.replace('&signType=SHA256-RSA', ''))).toBeUndefined()
    expect(compare(text.replace('1628772138668', '1628772138'))?.causes).toEqual([mistakes.secondsNotMilliseconds])
    expect(compare(text.replace('businessId=754ea3e3', 'businessId=other'))?.where).toBe('part 1 (businessId)')
  })
})

describe("from a request's sign alone", () => {
  test.each(classics)('%s is named, by RSA and by MD5', (_, given, mistake) => {
    expect(explainExchangeSign(parts, rsa(given), identity)).toEqual([mistake])
    const typed = (some: string) => some.replaceAll('SHA256-RSA', 'MD5')
    const ofMd5 = { headers: { ...headers, signType: 'MD5' }, body }
    expect(explainExchangeSign(ofMd5, md5(typed(given) + identity.md5Key), identity)).toEqual([mistake])
  })

  const md5Parts = { headers: { ...headers, signType: 'MD5' }, body }
  const md5Text = text.replace('SHA256-RSA', 'MD5')
  test.each([
    ['lower case', md5(md5Text + identity.md5Key).toLowerCase(), mistakes.lowerCase],
    [
      'Base64',
      createHash('md5')
        .update(md5Text + identity.md5Key)
        .digest('base64'),
      mistakes.base64Upper,
    ],
    ['no key', md5(md5Text), mistakes.noKeyBehind],
    ['the key with its name', md5(`${md5Text}&key=${identity.md5Key}`), mistakes.keyJoined],
    ['the key in front', md5(identity.md5Key + md5Text), mistakes.keyJoined],
    ['an HMAC', createHmac('md5', identity.md5Key).update(md5Text).digest('hex'), mistakes.plainMd5],
  ])('an MD5 with %s is named', (_, sign, mistake) => {
    expect(explainExchangeSign(md5Parts, sign, identity)).toEqual([mistake])
  })

  it('another key, another algorithm and another spelling are named, and nothing where it is right', () => {
    expect(explainExchangeSign(parts, rsa(text), identity)).toEqual([])
    expect(explainExchangeSign(md5Parts, md5(md5Text + identity.md5Key), identity)).toEqual([])
    expect(explainExchangeSign(parts, rsa(text, other), identity)).toEqual([mistakes.otherPrivateKey])
    expect(explainExchangeSign(parts, rsa(text, privateKey, 'sha1'), identity)).toEqual([mistakes.sha1])
    expect(explainExchangeSign(md5Parts, md5('another'), identity)[0]).toContain('another key')
    const { md5Key: _, ...pairOnly } = identity
    expect(explainExchangeSign(md5Parts, md5(md5Text), pairOnly)[0]).toContain('no md5Key')
  })
})

describe("a merchant's request", () => {
  const raw = (given: Record<string, string>, sent = body) =>
    Buffer.from(
      `POST /v1/openapi/order/info HTTP/1.1\r\n${Object.entries(given)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n${sent}`,
    )
  const check = (request: Buffer) =>
    checkExchangeFiles({ request, text: undefined }, identity, new Date()).map(
      ({ isGood, words }) => `${isGood} ${words}`,
    )

  it('is judged by its headers, in any case, and its raw body', () => {
    expect(check(raw({ ...headers, sign: rsa(text) }))).toEqual(['true The sign holds.'])
    expect(
      check(
        raw({
          BUSINESSID: headers.businessId,
          Nonce: 'n-1',
          TIMESTAMP: headers.timestamp,
          signtype: 'SHA256-RSA',
          SIGN: rsa(text),
        }),
      ),
    ).toEqual(['true The sign holds.'])
    expect(check(raw({ ...headers, sign: rsa(text) }, `${body} `)).join()).toContain('The sign does not hold')
  })

  it('hears which headers are missing or wrong', () => {
    const words = check(raw({ businessId: 'other', timestamp: '1628772138', signType: 'HMAC' }, '{}')).join('\n')
    expect(words).toContain('The header nonce is missing.')
    expect(words).toContain('name the businessId other')
    expect(words).toContain(mistakes.secondsNotMilliseconds)
    expect(words).toContain('signType is SHA256-RSA or MD5, not HMAC.')
    expect(words).toContain('The header sign is missing.')
    expect(check(Buffer.from('POST / HTTP/1.1\r\n\r\n'))[0]).toContain('has no body')
  })
})
