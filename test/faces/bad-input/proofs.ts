import { generateKeyPairSync } from 'node:crypto'
import { lakalaPaths } from '../../../src/faces/lakala/index.ts'
import { shoubeiPaths } from '../../../src/faces/shoubei/index.ts'
import { authorize, issueFields, type Fields, type Partners } from '../partners.ts'
import { lakalaBad, shoubeiBad, type Case, type Scene } from './case.ts'

const other = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

const seconds = ({ partners }: Scene, by: number) => String(Math.floor(partners.clock.now().getTime() / 1000) + by)

const bank = (
  title: string,
  hears: string,
  how: (scene: Scene) => Parameters<Partners['bank']>[2],
  fields = {},
): Case => ({
  title: `Lakala: ${title}`,
  ask: (scene) => scene.partners.bank(lakalaPaths.issue, issueFields(fields), how(scene)),
  hears,
})

const noScheme = 'Authorization: must be LKLAPI-SHA256withRSA with appid, serial_no, timestamp'
const headers = [
  ['', noScheme],
  ['Bearer x', noScheme],
  ['LKLAPI-SHA256withRSA', noScheme],
  ['LKLAPI-SHA256withRSA appid="LKL001"', 'serial_no: is missing'],
  [`LKLAPI-SHA256withRSA ${'x'.repeat(9000)}`, noScheme],
] as const

const till = (title: string, hears: string, fields: Fields, key?: string): Case => ({
  title: `Shoubei: ${title}`,
  ask: (scene) => scene.partners.till(shoubeiPaths.wf, { coupon_code: scene.code, wf_trace_no: 'T2', ...fields }, key),
  hears,
})

const unsigned = (title: string, hears: string, change: (fields: Fields) => Fields): Case => ({
  title: `Shoubei: ${title}`,
  ask: ({ partners, code }) =>
    partners.send(shoubeiPaths.wf, JSON.stringify(change(partners.signed({ coupon_code: code, wf_trace_no: 'T2' })))),
  hears,
})

/** Requests of a bank that do not prove whose they are, or not that they are new. */
export function lakalaProofCases(): Case[] {
  return [
    ...headers.map(([authorization, words]): Case => ({
      title: `Lakala: Authorization ${authorization.slice(0, 40)}`,
      ask: ({ partners }) => partners.send(lakalaPaths.issue, JSON.stringify(issueFields()), { authorization }),
      hears: `${lakalaBad}${words}`,
    })),
    bank('an unknown app', '100002 应用不存在', () => ({ appid: 'LKL002' })),
    bank('another key', '100005 验签失败', () => ({ privateKeyPem: other.privateKey })),
    bank('another serial number', '100005 验签失败 (serial_no)', () => ({
      serialNo: 'BANK02',
    })),
    {
      title: 'Lakala: a body that was changed',
      ask: ({ partners }) => {
        const authorization = authorize(JSON.stringify(issueFields()), partners.clock)
        return partners.send(lakalaPaths.issue, JSON.stringify(issueFields()), { authorization })
      },
      hears: '100005 验签失败',
    },
    bank('too old', '100007 请求时间戳超时', (scene) => ({ timestamp: seconds(scene, -301) })),
    bank('from the future', '100007 请求时间戳超时', (scene) => ({ timestamp: seconds(scene, 301) })),
    bank('milliseconds', `${lakalaBad}timestamp: must be seconds since 1970: these are milliseconds`, (scene) => ({
      timestamp: `${seconds(scene, 0)}000`,
    })),
    bank('a nonce heard before', '100008 请求重复', (scene) => ({ nonce: scene.knownNonce })),
    bank('a nonce heard before, the order too', '100008 请求重复', (scene) => ({ nonce: scene.knownNonce }), {
      mer_order_id: 'KNOWN',
    }),
    bank('a short nonce', `${lakalaBad}nonce_str: must be 8 to 64 letters and digits`, () => ({ nonce: 'abcdefg' })),
    bank('a long nonce', `${lakalaBad}nonce_str: must be 8 to 64 letters and digits`, () => ({
      nonce: 'a'.repeat(65),
    })),
    bank('a nonce with dashes', `${lakalaBad}nonce_str: must be 8 to 64`, () => ({ nonce: '843d920a-2c0f-e3b4' })),
  ]
}

/** Requests of a till that do not prove whose they are, or not that they are new. */
export function shoubeiProofCases(): Case[] {
  return [
    till('an unknown institution', 'FAIL 机构不存在(inst_no)', { inst_no: '900024' }),
    till('another key', 'FAIL 验签失败(sign)', {}, 'another key'),
    till('the key of another institution', 'FAIL 验签失败(sign)', {}, 'other-key'),
    till('a name that holds two fields', `${shoubeiBad}a b: must not look like several fields`, { 'a&b': '1' }),
    till('a name that holds a value', `${shoubeiBad}a b: must not look like several fields`, { 'a=b': '1' }),
    till('a value that holds a field', `${shoubeiBad}note: must not look like several fields`, { note: '1&amount=5' }),
    till('too old', 'FAIL 请求时间戳超时(ts)', { ts: '20260301095459' }),
    till('from the future', 'FAIL 请求时间戳超时(ts)', { ts: '20260301100501' }),
    till('a time that does not exist', `${shoubeiBad}ts: must be a time`, { ts: '20260230100000' }),
    till('a time in seconds', `${shoubeiBad}ts: must be a time`, { ts: '1772330400' }),
    till('an old time as a number', 'FAIL 请求时间戳超时(ts)', { ts: 20260228100000 }),
    till('no time', `${shoubeiBad}ts: is missing`, { ts: '' }),
    till('inst_no as a number', `${shoubeiBad}inst_no: must be a string`, { inst_no: 990581 }),
    till('no inst_no', `${shoubeiBad}inst_no: is missing`, { inst_no: null }),
    till('an object', `${shoubeiBad}note: must not be an object`, { note: { a: 1 } }),
    till('an array', `${shoubeiBad}note: must not be an object`, { note: [] }),
    unsigned('no sign', `${shoubeiBad}sign: is missing`, (fields) => ({ ...fields, sign: undefined })),
    unsigned('sign as a number', `${shoubeiBad}sign: must be a string`, (fields) => ({ ...fields, sign: 1 })),
    unsigned('an upper-case sign', `${shoubeiBad}sign: must be in lower case`, (fields) => ({
      ...fields,
      sign: String(fields['sign']).toUpperCase(),
    })),
    unsigned('half a sign', 'FAIL 验签失败(sign)', (fields) => ({
      ...fields,
      sign: String(fields['sign']).slice(0, 16),
    })),
    unsigned('a field added', 'FAIL 验签失败(sign)', (fields) => ({ ...fields, amount: '1' })),
    unsigned('a field emptied', 'FAIL 验签失败(sign)', (fields) => ({ ...fields, wf_trace_no: '' })),
    unsigned('a field left out', 'FAIL 验签失败(sign)', (fields) => ({ ...fields, wf_trace_no: undefined })),
    {
      title: 'Shoubei: __proto__ as an object',
      ask: ({ partners }) => partners.send(shoubeiPaths.wf, '{"inst_no":"990581","__proto__":{"sign":"x"}}'),
      hears: `${shoubeiBad}__proto__: must not be an object`,
    },
  ]
}
