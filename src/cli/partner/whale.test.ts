import { constants, createHash, createPublicKey, generateKeyPairSync, privateEncrypt, sign } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { readVectorFile } from '../../../test/vectors/read-vectors.ts'
import { parsePrivateKey, parsePublicKey } from '../../wire/rsa.ts'
import { encodeBizContent, whaleText } from '../../wire/whale-signature.ts'
import { compareWhaleText, explainWhaleSignature } from './whale.ts'
import { contentMistake, expectedFields, type WhaleFields } from './whale-envelope.ts'
import { mistakes, notSigned } from './mistakes.ts'

const privateKey = parsePrivateKey(readVectorFile('test_rsa_private_pkcs8.pem'))
const publicKey = parsePublicKey(readVectorFile('test_rsa_public.pem'))

// Such that its Base64 has all of +, / and =.
const order = { saleChannelOrderId: '20181024154201', remark: '券~~?>?¿ÿ>>>!' }
const json = JSON.stringify(order)
const biz = encodeBizContent(json)
const fields: WhaleFields = {
  version: '4.0',
  app_id: '2014072300007148',
  timestamp: '1483372334',
  action: 'MakeQuery',
  biz_content: biz,
}
const text = whaleText(fields)
const withBiz = (content: string): string => whaleText({ ...fields, biz_content: content })
const named = (names: string[]): string => names.map((name) => `${name}=${fields[name]}`).join('&')
const forUrls = biz.replaceAll('+', '-').replaceAll('/', '_')
const inLines = (biz.match(/.{1,76}/g) ?? []).join('\r\n')

// What a client signed instead, and how the mistake is called.
const classics: [title: string, given: string, mistake: string][] = [
  ['fields as they stand in the envelope', named(Object.keys(fields)), mistakes.unsorted],
  ['sign in the string', text.replace('&timestamp', '&sign=&timestamp'), mistakes.signIncluded],
  ['no version', text.replace('&version=4.0', ''), notSigned('version')],
  ['no app_id', text.replace('&app_id=2014072300007148', ''), notSigned('app_id')],
  ['names in camel case', text.replace('app_id', 'appId').replace('biz_content', 'bizContent'), mistakes.otherNames],
  ['milliseconds', text.replace('1483372334', '1483372334056'), mistakes.milliseconds],
  ['a line feed at the end', `${text}\n`, mistakes.lineFeedBehindValue],
  ['a line feed of Windows at the end', `${text}\r\n`, mistakes.lineFeedBehindValue],
  ['a & at the end', `${text}&`, mistakes.ampersandAtEnd],
  ['the JSON in place of its Base64', withBiz(json), mistakes.jsonSigned],
  ['the JSON in lines in place of its Base64', withBiz(JSON.stringify(order, undefined, 2)), mistakes.jsonSigned],
  ['Base64 for URLs', withBiz(forUrls), mistakes.bizForUrls],
  ['Base64 for URLs without padding', withBiz(forUrls.replace(/=+$/, '')), mistakes.bizForUrls],
  ['Base64 without padding', withBiz(biz.replace(/=+$/, '')), mistakes.bizUnpadded],
  ['Base64 in lines', withBiz(inLines), mistakes.bizInLines],
  ['Base64 in lines with an end', withBiz(`${inLines}\r\n`), mistakes.bizInLines],
  ['Base64 of Base64', withBiz(encodeBizContent(biz)), mistakes.bizTwice],
  ['values encoded by percents', withBiz(encodeURIComponent(biz)), mistakes.percentEncoded],
  ['values in quotes', text.replaceAll(/=([^&]+(?=&|$))/g, '="$1"'), mistakes.quoted],
  [
    'another spelling of the JSON',
    withBiz(encodeBizContent(JSON.stringify(order, undefined, 2))),
    mistakes.bizMadeTwice,
  ],
  ['Base64 alone', biz, mistakes.onlyBizSigned],
  ['the JSON alone', json, mistakes.onlyBizSigned],
  ['the body of the request', JSON.stringify(fields), mistakes.bodySigned],
  ['line feeds between the fields', text.replaceAll('&', '\n'), mistakes.otherJoin],
  [
    'values alone',
    text
      .split('&')
      .map((part) => part.slice(part.indexOf('=') + 1))
      .join(''),
    mistakes.otherJoin,
  ],
]

describe('the example', () => {
  it('shows every character in which spellings of Base64 differ', () => {
    expect(['+', '/', '='].filter((one) => !biz.includes(one))).toEqual([])
    expect(biz.length).toBeGreaterThan(76)
  })
})

describe("compared with Whale's string to sign", () => {
  test.each(classics)('%s is named', (_, given, mistake) => {
    expect(compareWhaleText(fields, given)?.causes).toEqual([mistake])
  })

  test.each([
    ['another time', text.replace('1483372334', '1483372335'), 'part 4 (timestamp)', mistakes.otherEnvelopeTime],
    ['a date for the time', text.replace('1483372334', '20170102235214'), 'part 4 (timestamp)', mistakes.localTime],
    ['another app', text.replace('7148', '7149'), 'part 2 (app_id)', 'app_id is another one than in the envelope'],
    ['a space', text.replace('MakeQuery', 'MakeQuery '), 'part 1 (action)', 'spaces or line feeds around'],
    [
      'another order of the fields',
      named(['version', 'timestamp', 'action', 'app_id', 'biz_content']),
      'part 1 (action)',
      mistakes.unsorted,
    ],
    ['its own sign', `${text}&sign=abc`, 'part 6', mistakes.signIncluded],
    ['a field more', `${text}&zone=1`, 'part 6', 'zone is in the string, but it is not sent'],
    [
      'other business',
      withBiz(encodeBizContent(json.replace('201', '202'))),
      'part 3 (biz_content)',
      'saleChannelOrderId differs',
    ],
    ['two mistakes at once', named(['version', 'app_id']), 'part 1 (action)', notSigned('action')],
  ])('%s is named, and where it is', (_, given, where, mistake) => {
    const found = compareWhaleText(fields, given)
    expect(found?.where).toBe(where)
    expect(found?.causes.join()).toContain(mistake)
  })

  it('an empty field left out and null kept are named', () => {
    const more = { ...fields, memo: '', note: null }
    expect(compareWhaleText(more, text)?.causes).toEqual([mistakes.emptyLeftOut])
    const kept = whaleText({ ...more, note: 'null' })
    expect(compareWhaleText(more, kept)?.causes).toEqual([mistakes.nullKept])
  })

  it('seconds are named where the envelope has milliseconds', () => {
    const late = { ...fields, timestamp: '1483372334056' }
    expect(compareWhaleText(late, text)?.causes).toEqual([mistakes.secondsSigned])
  })

  it('the string itself has no difference, and any change at all is one', () => {
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.string({ maxLength: 3 }), (index, put) => {
        const given = text.slice(0, index) + put + text.slice(index + 1)
        expect(compareWhaleText(fields, given) === undefined).toBe(given === text)
      }),
    )
  })
})

describe('a string to sign of which the request is not at hand', () => {
  const identity = { appId: '2014072300007148', version: '4.0' }
  const compare = (given: string) => compareWhaleText(expectedFields(given, identity, new Date()), given)

  it('is well where it has the right form', () => {
    expect(compare(text)).toBeUndefined()
  })

  test.each([
    ['a line feed at the end', `${text}\n`, mistakes.lineFeedBehindValue],
    ['milliseconds', text.replace('1483372334', '1483372334056'), mistakes.milliseconds],
    ['fields out of order', named(Object.keys(fields)), mistakes.unsorted],
    ['no timestamp', text.replace('&timestamp=1483372334', ''), notSigned('timestamp')],
    ['sign in the string', text.replace('&timestamp', '&sign=abc&timestamp'), mistakes.signIncluded],
    ['the JSON in place of its Base64', withBiz(json), mistakes.jsonSigned],
    ['Base64 for URLs', withBiz(forUrls), mistakes.bizForUrls],
    ['Base64 in lines', withBiz(inLines), mistakes.bizInLines],
    ['another app', text.replace('7148', '7149'), 'app_id is another one'],
  ])('%s is named', (_, given, mistake) => {
    expect(compare(given)?.causes.join()).toContain(mistake)
  })
})

describe("from an envelope's sign alone", () => {
  const explain = (signature: string): string[] => explainWhaleSignature(fields, signature, publicKey)

  it('nothing is said of one that holds', () => {
    expect(explain(signed(text))).toEqual([])
  })

  test.each(classics)('%s is named', (_, given, mistake) => {
    expect(explain(signed(given))).toEqual([mistake])
  })

  const right = sign('sha256', Buffer.from(text), privateKey)
  const pss = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const md5 = 'It is signed by MD5withRSA: it must be SHA256withRSA.'
  test.each([
    ['hexadecimal', right.toString('hex'), [mistakes.hexadecimal]],
    ['Base64 for URLs', right.toString('base64url'), [mistakes.urlBase64]],
    ['Base64 in lines', right.toString('base64').replace(/.{76}/g, '$&\r\n'), [mistakes.signatureInLines]],
    ['+ turned into spaces', right.toString('base64').replaceAll('+', ' '), [mistakes.plusLost]],
    ['SHA-1', sign('sha1', Buffer.from(text), privateKey).toString('base64'), [mistakes.sha1]],
    ['MD5', sign('md5', Buffer.from(text), privateKey).toString('base64'), [md5]],
    ['PSS', sign('sha256', Buffer.from(text), pss).toString('base64'), [mistakes.pss]],
    ['a digest of a digest', signed(sha256(text).toString('hex')), [mistakes.digestSigned]],
    ['a digest of the bytes of a digest', signed(sha256(text)), [mistakes.digestSigned]],
    ['a digest encrypted', privateEncrypt(privateKey, sha256(text)).toString('base64'), [mistakes.noDigestInfo]],
    ['another private key', sign('sha256', Buffer.from(text), other).toString('base64'), [mistakes.otherPrivateKey]],
    ['another text', signed('something else'), [mistakes.otherText]],
    [
      'SHA-1 over the JSON',
      sign('sha1', Buffer.from(json), privateKey).toString('base64'),
      [mistakes.sha1, mistakes.onlyBizSigned],
    ],
  ])('%s is named', (_, signature, words) => {
    expect(explain(signature)).toEqual(words)
  })

  it('a signature that was cut is told by its length', () => {
    expect(explain(right.subarray(0, 200).toString('base64')).join()).toContain('has 200 bytes, the key makes 256')
    expect(explain('garbage').join()).toContain('The signature has 5 bytes')
  })

  it('another key is never taken for the right one, and the other way round', () => {
    fc.assert(
      fc.property(fc.string(), (any) => {
        expect(explainWhaleSignature(fields, signed(any), createPublicKey(other))).toEqual([mistakes.otherPrivateKey])
        expect(explain(signed(any))).not.toContain(mistakes.otherPrivateKey)
      }),
      { numRuns: 20 },
    )
  })
})

describe('a biz_content', () => {
  test.each([
    ['the JSON itself', json, mistakes.bizIsJson],
    ['Base64 for URLs', forUrls, mistakes.bizForUrls],
    ['Base64 without padding', biz.replace(/=+$/, ''), mistakes.bizUnpadded],
    ['Base64 in lines', inLines, mistakes.bizInLines],
    ['percent-encoded', encodeURIComponent(biz), mistakes.bizPercentEncoded],
    ['with + turned into spaces', biz.replaceAll('+', ' '), mistakes.plusLost],
    ['hexadecimal', Buffer.from(json).toString('hex'), mistakes.bizHexadecimal],
    ['Base64 of Base64', encodeBizContent(biz), mistakes.bizTwice],
    [
      'in another charset',
      Buffer.from('{"a":"\xc8\xaf\xc2\xeb"}', 'latin1').toString('base64'),
      mistakes.bizOtherCharset,
    ],
    ['no object', encodeBizContent('[1]'), 'biz_content holds no JSON object'],
    ['broken off', encodeBizContent(json.slice(0, -1)), 'biz_content holds no JSON object'],
    ['nothing of the kind', '券码', 'biz_content is no Base64.'],
  ])('that is %s hears that', (_, content, words) => {
    expect(contentMistake(content)).toContain(words)
  })

  it('that is well has no mistake', () => {
    expect(contentMistake(biz)).toBeUndefined()
  })
})

function sha256(given: string): Buffer {
  return createHash('sha256').update(given).digest()
}

function signed(given: string | Uint8Array): string {
  return sign('sha256', typeof given === 'string' ? Buffer.from(given) : given, privateKey).toString('base64')
}
