import { generateKeyPairSync } from 'node:crypto'
import type { Fields } from '../partners.ts'
import { base64, channelAppId, envelope, erpAppId, signed } from '../whale-partner.ts'
import { bodies } from './bodies.ts'
import { whaleBad, type Case, type Scene } from './case.ts'
import { right, sendBusiness, theirAppId } from './whale-requests.ts'

const other = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

const seconds = ({ partners }: Scene, by: number): string =>
  String(Math.floor(partners.clock.now().getTime() / 1000) + by)

const making = (scene: Scene, given: Fields = {}): Fields =>
  envelope(scene.partners, 'MakeCode', right['MakeCode']!(scene), { app_id: channelAppId, ...given })

const sent = (title: string, hears: string, body: (scene: Scene) => Fields): Case => ({
  title: `Whale: ${title}`,
  ask: (scene) => scene.partners.send('/whale', JSON.stringify(body(scene))),
  hears,
})

/** Requests of a channel or an ERP that do not prove whose they are, or not that they are new, or what they ask for. */
export function whaleProofCases(): Case[] {
  const right = (scene: Scene) => signed(making(scene))
  return [
    sent('an unknown app', '02 应用不存在(app_id)', (scene) => signed(making(scene, { app_id: '999' }))),
    sent('no app', `${whaleBad}app_id: is missing`, (scene) => signed(making(scene, { app_id: '' }))),
    sent('an app as an object', `${whaleBad}app_id: must not be an object`, (scene) => ({
      ...right(scene),
      app_id: { a: 1 },
    })),
    sent('another key', '05 验签失败', (scene) => signed(making(scene), other.privateKey)),
    sent('another app with its sign', '05 验签失败', (scene) => ({ ...right(scene), app_id: theirAppId })),
    sent('a field added', '05 验签失败', (scene) => ({ ...right(scene), charset: 'utf-8' })),
    sent('another action under its sign', '05 验签失败', (scene) => ({ ...right(scene), action: 'MakeQuery' })),
    sent('another content under its sign', '05 验签失败', (scene) => ({ ...right(scene), biz_content: base64('{}') })),
    sent('half a sign', '05 验签失败', (scene) => ({
      ...right(scene),
      sign: String(right(scene)['sign']).slice(0, 99),
    })),
    sent('a sign that is no Base64', '05 验签失败', (scene) => ({ ...right(scene), sign: '😀' })),
    sent('no sign', `${whaleBad}sign: is missing`, (scene) => ({ ...making(scene), sign: null })),
    sent('nothing signed', `${whaleBad}sign: is missing`, () => ({ action: 'MakeCode', app_id: channelAppId })),
    sent('nothing signed and nobody named', `${whaleBad}sign: is missing`, () => ({ action: 'MakeCode' })),
    sent('a list beside biz_content', `${whaleBad}note: must not be an object`, (scene) => ({
      ...right(scene),
      note: [],
    })),
    {
      title: 'Whale: __proto__ as an object',
      ask: ({ partners }) => partners.send('/whale', '{"sign":"x","__proto__":{"app_id":"x"}}'),
      hears: `${whaleBad}__proto__: must not be an object`,
    },
    sent('too old', '07 请求时间戳超时', (scene) => signed(making(scene, { timestamp: seconds(scene, -301) }))),
    sent('from the future', '07 请求时间戳超时', (scene) => signed(making(scene, { timestamp: seconds(scene, 301) }))),
    ...['', '20260301100000', 'x', '1e9', ' 1772330400'].map((timestamp) =>
      sent(`timestamp "${timestamp}"`, `${whaleBad}timestamp: `, (scene) => signed(making(scene, { timestamp }))),
    ),
    sent('milliseconds', `${whaleBad}timestamp: `, (scene) =>
      signed(making(scene, { timestamp: `${seconds(scene, 0)}000` })),
    ),
    sent('a sign heard before', '09 请求重复', ({ whale }) => whale.heard),
    ...['', 'Nothing', 'makecode', 'toString', '__proto__', '😀'].map((action) =>
      sent(`action "${action}"`, `${whaleBad}action: `, (scene) => signed(making(scene, { action }))),
    ),
    sent('the back office for a channel', '08 应用无权调用该接口(action)', (scene) =>
      signed(making(scene, { action: 'createRule' })),
    ),
    sent('a transaction for the back office', '08 应用无权调用该接口(action)', (scene) =>
      signed(making(scene, { app_id: erpAppId })),
    ),
    ...['', '@@@', 'e30', 'e3 0=', 'e30=\n', '😀', 'eyJhIjoxfQ'].map((biz_content) =>
      sent(`biz_content "${biz_content}"`, `${whaleBad}biz_content: `, (scene) =>
        signed(making(scene, { biz_content })),
      ),
    ),
    // What stands in an envelope is read as strictly as a body. Base64 makes the deepest of them too large for one.
    ...bodies
      .filter(([title]) => title !== '100,000 levels')
      .map(([title, bytes]): Case => ({
        title: `biz_content: ${title}`,
        ask: (scene) => sendBusiness(scene, 'MakeCode', bytes),
        hears: `${whaleBad}biz_content: ${bytes.length === 0 ? 'is missing' : 'must be a JSON object: '}`,
      })),
    {
      title: 'biz_content: fields that stand in __proto__',
      ask: (scene) => sendBusiness(scene, 'MakeQuery', '{"__proto__":{"originalChannelOrderId":"MINE"}}'),
      hears: `${whaleBad}originalChannelOrderId: is missing`,
    },
  ]
}
