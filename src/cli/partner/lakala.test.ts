import { constants, createHash, generateKeyPairSync, sign } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { readVectorFile } from '../../../test/vectors/read-vectors.ts'
import { lakalaRequestText } from '../../wire/lakala-signature.ts'
import { parsePrivateKey, parsePublicKey } from '../../wire/rsa.ts'
import { compareLakalaText, expectedOf, type LakalaParts, explainLakalaSignature, readLakalaHeader } from './lakala.ts'
import { mistakes } from './mistakes.ts'

const privateKey = parsePrivateKey(readVectorFile('test_rsa_private_pkcs8.pem'))
const publicKey = parsePublicKey(readVectorFile('test_rsa_public.pem'))
const order = { owner_id: '80000007', mer_order_id: 'A1', note: '券/码', trade_no: '', activity_id: '1100000086' }
const body = JSON.stringify(order)
const parts: LakalaParts = {
  appid: 'OP00000003',
  serialNo: '00dfba8194c41b84cf',
  timestamp: '1698215062',
  nonce: 'a1B2c3D4e5F6',
  body,
}
const text = lakalaRequestText(parts)
const withBody = (other: string): string => lakalaRequestText({ ...parts, body: other })
const lines = (...some: string[]): string => some.map((line) => `${line}\n`).join('')
const { appid, serialNo, timestamp, nonce } = parts
const sorted = JSON.stringify(Object.fromEntries(Object.entries(order).toSorted(([a], [b]) => (a < b ? -1 : 1))))

// What a client signed instead, where the comparison says that it differs, and how the mistake is called.
const classics: [title: string, given: string, where: string, mistake: string][] = [
  ['no line feed at the end', text.slice(0, -1), 'the end of line 5', mistakes.noLastLineFeed],
  ['two line feeds at the end', `${text}\n`, 'line 5 (body)', mistakes.extraLineFeed],
  ['line ends of Windows', text.replaceAll('\n', '\r\n'), 'line 1', mistakes.windowsLineEnds],
  ['\\n written as two characters', text.replaceAll('\n', '\\n'), 'line 1', mistakes.writtenLineFeeds],
  ['the three lines of a callback', lines(timestamp, nonce, body), 'line 1', mistakes.callbackString],
  [
    'serial number before appid',
    lines(serialNo, appid, timestamp, nonce, body),
    'line 1 (appid)',
    mistakes.swappedLines,
  ],
  ['nonce before time', lines(appid, serialNo, nonce, timestamp, body), 'line 3 (timestamp)', mistakes.swappedLines],
  ['milliseconds', text.replace(timestamp, `${timestamp}123`), 'line 3 (timestamp)', mistakes.milliseconds],
  ['no body', lines(appid, serialNo, timestamp, nonce), 'line 5 (body)', mistakes.noBody],
  ['an empty line for the body', lines(appid, serialNo, timestamp, nonce, ''), 'line 5 (body)', mistakes.noBody],
  ['a digest for the body', withBody(sha256(body)), 'line 5 (body)', mistakes.bodyHash],
  ['the body in lines', withBody(JSON.stringify(order, undefined, 2)), 'line 5 (body)', mistakes.reserialised],
  [
    'the body as Python writes it',
    withBody(body.replaceAll('":"', '": "').replaceAll('","', '", "')),
    'line 5 (body)',
    mistakes.reserialised,
  ],
  ['sorted keys', withBody(sorted), 'line 5 (body)', mistakes.sortedKeys],
  ['slashes escaped', withBody(body.replaceAll('/', '\\/')), 'line 5 (body)', mistakes.escaped],
  [
    'letters escaped',
    withBody(body.replace('券', '\\u5238').replace('码', '\\u7801')),
    'line 5 (body)',
    mistakes.escaped,
  ],
  ['empty fields left out', withBody(body.replace('"trade_no":"",', '')), 'line 5 (body)', mistakes.fieldsLeftOut],
]

describe("compared with Lakala's string to sign", () => {
  test.each(classics)('%s is named', (_, given, where, mistake) => {
    expect(compareLakalaText(parts, given)).toMatchObject({ where, causes: [mistake] })
  })

  test.each([
    ['another time', text.replace(timestamp, '1698215063'), 'line 3 (timestamp)', mistakes.otherTime],
    ['a date for the time', text.replace(timestamp, '20231025142422'), 'line 3 (timestamp)', mistakes.localTime],
    ['another nonce', text.replace(nonce, 'zzzzzzzzzzzz'), 'line 4 (nonce_str)', mistakes.otherNonce],
    ['three line feeds at the end', `${text}\n\n`, 'line 5 (body)', mistakes.extraLineFeed],
    ['a line end of Windows behind the last', `${text}\r\n`, 'line 5 (body)', mistakes.extraLineFeed],
    ['a byte order mark', `\uFEFF${text}`, 'line 1', mistakes.byteOrderMark],
    ['GBK', withBody(body.replace('券', '\uFFFD')).replace('}\n', '\n'), 'line 5 (body)', mistakes.otherCharset],
  ])('%s is named', (_, given, where, mistake) => {
    expect(compareLakalaText(parts, given)).toMatchObject({ where, causes: [mistake] })
  })

  it('shows both sides of the line', () => {
    const given = text.replace(serialNo, 'other')
    const place = { where: 'line 2 (serial_no)', expected: serialNo, given: 'other' }
    expect(compareLakalaText(parts, given)).toMatchObject(place)
  })

  it('req_data without its envelope is named', () => {
    const enveloped = { ...parts, body: JSON.stringify({ req_time: '20231025142422', req_data: order }) }
    expect(compareLakalaText(enveloped, text)?.causes).toEqual([mistakes.onlyReqData])
    expect(explainLakalaSignature(enveloped, signed(text), publicKey)).toBe(mistakes.onlyReqData)
  })

  it('the field that says something else is named', () => {
    const given = withBody(body.replace('A1', 'A2'))
    expect(compareLakalaText(parts, given)?.causes).toEqual([expect.stringContaining('mer_order_id differs')])
  })

  it('the string itself has no difference, whatever the body', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (any) => {
        expect(compareLakalaText({ ...parts, body: any }, withBody(any))).toBeUndefined()
      }),
    )
  })

  it('any change at all is a difference', () => {
    const at = fc.nat({ max: text.length - 1 })
    fc.assert(
      fc.property(at, fc.string({ maxLength: 3 }), (index, put) => {
        const given = text.slice(0, index) + put + text.slice(index + 1)
        expect(compareLakalaText(parts, given) === undefined).toBe(given === text)
      }),
    )
  })
})

describe('a string to sign of which the request is not at hand', () => {
  const compare = (given: string) => compareLakalaText(expectedOf(given, parts, new Date()), given)

  it('is well where it has the right form', () => {
    expect(compare(text)).toBeUndefined()
  })

  test.each([
    ['no line feed at the end', text.slice(0, -1), mistakes.noLastLineFeed],
    ['two line feeds at the end', `${text}\n`, mistakes.extraLineFeed],
    ['milliseconds', text.replace(timestamp, `${timestamp}123`), mistakes.milliseconds],
    ['line ends of Windows', text.replaceAll('\n', '\r\n'), mistakes.windowsLineEnds],
    ['no body', lines(appid, serialNo, timestamp, nonce), mistakes.noBody],
    ['serial number before appid', lines(serialNo, appid, timestamp, nonce, body), mistakes.swappedLines],
  ])('%s is named', (_, given, mistake) => {
    expect(compare(given)?.causes).toEqual([mistake])
  })
})

describe("from a request's signature alone", () => {
  test.each(classics)('%s is named', (_, given, __, mistake) => {
    expect(explainLakalaSignature(parts, signed(given), publicKey)).toBe(mistake)
  })

  const digest = createHash('sha256').update(text).digest('hex')
  const pss = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  test.each([
    ['hexadecimal', Buffer.from(signed(text), 'base64').toString('hex'), mistakes.hexadecimal],
    ['Base64 for URLs', Buffer.from(signed(text), 'base64').toString('base64url'), mistakes.urlBase64],
    ['SHA-1', sign('sha1', Buffer.from(text), privateKey).toString('base64'), mistakes.sha1],
    ['PSS', sign('sha256', Buffer.from(text), pss).toString('base64'), mistakes.pss],
    ['a digest of a digest', signed(digest), mistakes.digestSigned],
    ['two mistakes at once', hexadecimal(text.slice(0, -1)), `${mistakes.hexadecimal} ${mistakes.noLastLineFeed}`],
  ])('%s is named', (_, signature, mistake) => {
    expect(explainLakalaSignature(parts, signature, publicKey)).toBe(mistake)
  })

  it('a wrong spelling is named even where the text, or the key, is another one', () => {
    expect(explainLakalaSignature(parts, hexadecimal('something else'), publicKey)).toBe(mistakes.hexadecimal)
    const { publicKey: another } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    expect(explainLakalaSignature(parts, hexadecimal(text), another)).toBe(mistakes.hexadecimal)
  })

  it('nothing is said of a signature that holds, and nothing is made up for one that nobody can explain', () => {
    expect(explainLakalaSignature(parts, signed(text), publicKey)).toBe('')
    expect(explainLakalaSignature(parts, signed('something else'), publicKey)).toBeUndefined()
    expect(explainLakalaSignature(parts, 'garbage', publicKey)).toBeUndefined()
  })
})

describe('an Authorization header', () => {
  const header = `LKLAPI-SHA256withRSA appid="${appid}",serial_no="${serialNo}",timestamp="${timestamp}",nonce_str="${nonce}",signature="AAAA"`

  test.each([
    ['none', undefined, 'There is no Authorization header.'],
    ['another scheme', header.replace('LKLAPI', 'WECHATPAY2'), 'must begin with "LKLAPI-SHA256withRSA"'],
    ['milliseconds', header.replace(timestamp, `${timestamp}123`), mistakes.milliseconds],
    ['no nonce', header.replace(`nonce_str="${nonce}",`, ''), 'nonce_str in Authorization'],
    ['a nonce with a dash', header.replace(nonce, 'a1B2-c3D4e5'), 'nonce_str in Authorization'],
    ['an attribute twice', `${header},appid="x"`, 'each once'],
  ])('with %s hears what is wrong', (_, given, words) => {
    expect(readLakalaHeader(given).problems.join()).toContain(words)
  })

  it('that is well has no problems', () => {
    expect(readLakalaHeader(header)).toMatchObject({ authorization: { appid, signature: 'AAAA' }, problems: [] })
  })
})

function sha256(given: string): string {
  return createHash('sha256').update(given).digest('hex')
}

function signed(given: string): string {
  return sign('sha256', Buffer.from(given), privateKey).toString('base64')
}

function hexadecimal(given: string): string {
  return sign('sha256', Buffer.from(given), privateKey).toString('hex')
}
