import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { readVector } from '../../test/vectors/read-vectors.ts'
import {
  formatLakalaAuthorization,
  formatLakalaNotificationAuthorization,
  lakalaBodySignText,
  lakalaNotificationText,
  lakalaRequestText,
  parseLakalaAuthorization,
  parseLakalaNotificationAuthorization,
} from './lakala-signature.ts'

const request = readVector('lkl-request-5line')
const notification = readVector('lkl-notify-3line')
const head = { appid: 'OP00000003', serialNo: '00dfba8194c41b84cf', timestamp: '1698215062', nonce: 'a1B2c3D4e5F6' }

const expected = { ...head, signature: request.signature ?? '' }
const attributes = [
  'appid="OP00000003"',
  'serial_no="00dfba8194c41b84cf"',
  'timestamp="1698215062"',
  'nonce_str="a1B2c3D4e5F6"',
  `signature="${request.signature}"`,
]
const spacedAttributes = attributes.map((one) => one.replace('=', ' =\t'))
const header = (parts: readonly string[], separator = ',') => `LKLAPI-SHA256withRSA ${parts.join(separator)}`
const changed = (from: string | RegExp, to: string) => header(attributes).replace(from, to)
const withNonce = (nonce: string) => parseLakalaAuthorization(changed('a1B2c3D4e5F6', nonce))

describe('the texts that Lakala signs', () => {
  it('are five lines for a request', () => {
    expect(lakalaRequestText({ ...head, body: request.body ?? '' })).toBe(request.stringToSign)
  })

  it('are three lines for a callback', () => {
    expect(lakalaNotificationText({ ...head, body: notification.body ?? '' })).toBe(notification.stringToSign)
  })

  it('contain the bytes of a body as they came, even where they are no text', () => {
    const body = Buffer.from([0x7b, 0xff, 0x00, 0xe5, 0x0a, 0x7d])
    const headLines = 'OP00000003\n00dfba8194c41b84cf\n1698215062\na1B2c3D4e5F6\n'
    expect(lakalaRequestText({ ...head, body })).toEqual(
      Buffer.concat([Buffer.from(headLines), body, Buffer.from('\n')]),
    )
    expect(lakalaNotificationText({ ...head, body: new Uint8Array(body) })).toEqual(
      Buffer.concat([Buffer.from('1698215062\na1B2c3D4e5F6\n'), body, Buffer.from('\n')]),
    )
  })

  it('are the same for a text and for its bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (body) => {
        const bytes = Buffer.from(body)
        expect(Buffer.from(lakalaRequestText({ ...head, body: bytes })).toString()).toBe(
          lakalaRequestText({ ...head, body }),
        )
      }),
    )
  })

  it('are the sorted fields without sign, signType and empty values for a body sign', () => {
    const vector = readVector('rsa2-body-alipay-v1-dropEmpty')
    const fields = vector.params as Record<string, string>
    expect(lakalaBodySignText({ ...fields, sign: 'anything' })).toBe(vector.stringToSign)
  })
})

const malformed: Array<readonly [string, string]> = [
  ['nothing', ''],
  ['the scheme alone', 'LKLAPI-SHA256withRSA'],
  ['the scheme and a space', 'LKLAPI-SHA256withRSA '],
  ['another scheme', changed('LKLAPI', 'WECHATPAY2')],
  ['the scheme in other letters', changed('LKLAPI-SHA256withRSA', 'lklapi-sha256withrsa')],
  ['no space behind the scheme', changed('withRSA ', 'withRSA')],
  ['something before the scheme', ` ${header(attributes)}`],
  ['an attribute twice', header([...attributes, 'timestamp="1698215062"'])],
  ['an unknown attribute twice', header([...attributes, 'x="1"', 'x="1"'])],
  ['a comma at the end', `${header(attributes)},`],
  ['two commas', header(attributes, ',,')],
  ['no commas', header(attributes, ' ')],
  ['semicolons', header(attributes, ';')],
  ['curly quotes', changed(/"/g, '”')],
  ['an open quote', changed(/"$/, '')],
  ['text behind a quote', changed('"OP00000003"', '"OP00000003"x')],
  ['a line end', changed(',', ',\n')],
  ['names in other letters', changed('appid', 'AppId')],
  ['a space in the appid', changed('OP00000003', 'OP 00000003')],
  ['an empty appid', changed('OP00000003', '')],
  ['an appid of 65 characters', changed('OP00000003', 'O'.repeat(65))],
  ['an appid that is not ASCII', changed('OP00000003', '券')],
  ['a timestamp with a sign', changed('1698215062', '-1698215062')],
  ['a timestamp with a leading zero', changed('1698215062', '01698215062')],
  ['a timestamp with a fraction', changed('1698215062', '1698215062.5')],
  ['a timestamp as hexadecimal', changed('1698215062', '0x65388d56')],
  ['a timestamp too long', changed('1698215062', '1'.repeat(16))],
  ['a signature that is no Base64', changed(/signature=".*"/, 'signature="%%%"')],
  ['an empty signature', changed(/signature=".*"/, 'signature=""')],
  ...attributes.map((one) => [`no ${one.slice(0, 6)}…`, header(attributes.filter((other) => other !== one))] as const),
]

describe('parseLakalaAuthorization', () => {
  it("reads the document's header", () => {
    expect(parseLakalaAuthorization(request.header ?? '')).toEqual(expected)
  })

  it('reads the attributes in any order', () => {
    const anyOrder = fc.shuffledSubarray(attributes, { minLength: attributes.length })
    fc.assert(
      fc.property(anyOrder, (parts) => {
        expect(parseLakalaAuthorization(header(parts))).toEqual(expected)
      }),
    )
  })

  test.each([
    ['spaces behind the commas', header(attributes, ', ')],
    ['spaces and tabs everywhere', header(spacedAttributes, ' \t,\t ')],
    ['no quotes', header(attributes).replaceAll('"', '')],
    ['an attribute of its own', header([...attributes, 'version="1,0"'])],
    ['spaces at the end', `${header(attributes)}  `],
  ])('takes %s', (_, text) => {
    expect(parseLakalaAuthorization(text)).toEqual(expected)
  })

  it('takes nonces of 8 to 64 letters and digits', () => {
    for (const nonce of ['a'.repeat(8), '0'.repeat(32), 'Z'.repeat(64)]) expect(withNonce(nonce)?.nonce).toBe(nonce)
    for (const nonce of ['a'.repeat(7), 'a'.repeat(65), '', 'a1B2-c3D4', 'a1B2c3D4 ', '券券券券券券券券']) {
      expect(withNonce(nonce)).toBeUndefined()
    }
  })

  test.each(malformed)('refuses %s', (_, text) => {
    expect(parseLakalaAuthorization(text)).toBeUndefined()
  })

  it('answers anything at all, and quickly', () => {
    fc.assert(fc.property(fc.string(), (rest) => parseLakalaAuthorization(`LKLAPI-SHA256withRSA ${rest}`) !== null))
    for (const piece of [' ', 'a', 'a=', '"', 'a="" ', 'a=b,', 'a="b', '='.repeat(2)]) {
      expect(parseLakalaAuthorization(`LKLAPI-SHA256withRSA ${piece.repeat(16_000)}`)).toBeUndefined()
    }
  })
})

describe('formatLakalaAuthorization', () => {
  it('writes what is read', () => {
    const written = {
      appid: 'LKL001',
      serialNo: 'BANK01',
      timestamp: '1772330400',
      nonce: 'abcdefgh1234',
      signature: 'AA==',
    }
    const { timestamp, nonce, signature } = written
    expect(parseLakalaAuthorization(formatLakalaAuthorization(written))).toEqual(written)
    expect(parseLakalaNotificationAuthorization(formatLakalaAuthorization(written))).toEqual({
      timestamp,
      nonce,
      signature,
    })
  })
})

describe('parseLakalaNotificationAuthorization', () => {
  it("reads the document's header, and no half of one", () => {
    const signature = notification.signature ?? ''
    const { timestamp, nonce } = head
    expect(parseLakalaNotificationAuthorization(notification.header ?? '')).toEqual({ timestamp, nonce, signature })
    expect(parseLakalaAuthorization(notification.header ?? '')).toBeUndefined()
    expect(
      parseLakalaNotificationAuthorization('LKLAPI-SHA256withRSA timestamp="1",nonce_str="abcdefgh"'),
    ).toBeUndefined()
    expect(parseLakalaNotificationAuthorization('')).toBeUndefined()
  })
})

describe('formatLakalaNotificationAuthorization', () => {
  it("writes the document's header", () => {
    const signature = notification.signature ?? ''
    expect(formatLakalaNotificationAuthorization({ ...head, signature })).toBe(notification.header)
  })
})
