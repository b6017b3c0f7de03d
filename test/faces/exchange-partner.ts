import { constants, createHash, privateDecrypt, randomUUID, sign, verify } from 'node:crypto'
import type { Tx } from '../../src/db/client/client.ts'
import { insertRows } from '../../src/db/client/rows.ts'
import { exchangePaths } from '../../src/faces/exchange/index.ts'
import type { Keyring } from '../../src/keyring.ts'
import { testKeys } from '../support/keys.ts'
import { world } from '../support/world.ts'
import type { Answer, Fields, Partners } from './partners.ts'

// A merchant of the exchange system that speaks from its documents: sorted headers joined by &, the body right behind;
// SHA256-RSA in Base64, or MD5 of string and key in upper case.

export const merchant = {
  businessId: '754ea3e3a699404f9b82e8f881107f19',
  /** Has no RSA key, and acts for the same merchant. */
  md5BusinessId: 'md5-only',
  merchantId: world.channelId,
  key: '1234567890abcdef',
  activityId: 'ACT-EX',
}

const named = { name: 'A merchant', isEnabled: true, createdAt: new Date(0) }

/** Adds both apps, and an activity of three months with every template of the world, for the world's channel. */
export async function addMerchant(tx: Tx, keyring: Keyring): Promise<void> {
  const { businessId, md5BusinessId, merchantId: channelId, activityId } = merchant
  const { bank, platform } = testKeys()
  const apps = [businessId, md5BusinessId].map((id) => ({
    ...named,
    face: 'exchange',
    id,
    acceptorId: null,
    settings: {},
  }))
  await insertRows(tx, 'apps', apps)
  await insertRows(
    tx,
    'app_channels',
    apps.map(({ id: appId }) => ({ face: 'exchange', appId, channelId })),
  )
  const key = { face: 'exchange', appId: businessId, no: 1, serialNo: null, validFrom: new Date(0), validUntil: null }
  const secret = keyring.encrypt(merchant.key)
  await insertRows(tx, 'app_keys', [
    { ...key, direction: 'inbound', publicKey: bank.publicKeyPem, secret },
    { ...key, direction: 'outbound', publicKey: null, secret: keyring.encrypt(platform.privateKeyPem) },
    { ...key, appId: md5BusinessId, direction: 'inbound', publicKey: null, secret },
  ])
  await tx`
    insert into activities
    select (jsonb_populate_record(a, ${JSON.stringify({ id: activityId, starts_at: '2026-02-01', ends_at: '2026-05-01' })}::text::jsonb)).*
    from activities a where id = ${world.activityId}`
  await tx`
    insert into activity_templates select ${activityId}, template_id, ticket_id + 1000 from activity_templates
    where activity_id = ${world.activityId}`
}

export type How = {
  signType?: 'MD5' | 'SHA256-RSA' | '' | undefined
  businessId?: string
  nonce?: string
  timestamp?: string
  sign?: string
  /** What is signed, where that is not what is sent. */
  signedBody?: string | Buffer
  key?: string
  privateKeyPem?: string
}

/** The headers of a request. signType is sent where it is given. */
export function headersFor({ clock }: Partners, body: string | Buffer, how: How = {}): Record<string, string> {
  const auth = {
    businessId: how.businessId ?? merchant.businessId,
    nonce: how.nonce ?? randomUUID(),
    timestamp: how.timestamp ?? String(clock.now().getTime()),
    ...(how.signType === undefined ? {} : { signType: how.signType }),
  }
  const text = textOf(auth, how.signedBody ?? body)
  const rsa = () => sign('sha256', text, how.privateKeyPem ?? testKeys().bank.privateKeyPem).toString('base64')
  return { ...auth, sign: how.sign ?? (how.signType === 'MD5' ? md5(text, how.key ?? merchant.key) : rsa()) }
}

const md5 = (text: Buffer, key: string): string =>
  createHash('md5')
    .update(Buffer.concat([text, Buffer.from(key)]))
    .digest('hex')
    .toUpperCase()

/** The published string: sorted by name, empty ones left out, and the body with nothing in between. */
export function textOf(headers: Record<string, string>, body: string | Buffer): Buffer {
  const names = Object.keys(headers).filter((name) => headers[name] !== '')
  const pairs = names.toSorted((a, b) => (a < b ? -1 : 1)).map((name) => `${name}=${headers[name]}`)
  return Buffer.concat([Buffer.from(pairs.join('&')), Buffer.from(body)])
}

export const ask = (partners: Partners, path: string, fields: unknown, how: How = {}): Promise<Answer> => {
  const body = typeof fields === 'string' ? fields : JSON.stringify(fields)
  return partners.send(path, body, headersFor(partners, body, how))
}

export const wechatFields = (given: Fields = {}): Fields => ({
  merchantId: merchant.merchantId,
  businessId: merchant.businessId,
  openId: 'oKL-mwRzR-SBfI4QDAI1QXOpkyc8',
  productCode: world.templates.normal,
  activityId: merchant.activityId,
  bizCode: randomUUID(),
  callbackUrl: 'http://127.0.0.1:9/report',
  ...given,
})

export const couponFields = (given: Fields = {}): Fields => {
  const { openId: _, ...rest } = wechatFields(given)
  return { num: 1, ...rest }
}

export const infoFields = (given: Fields = {}): Fields => {
  const { merchantId, businessId } = merchant
  return { merchantId, businessId, ...given }
}

export const order = (partners: Partners, given: Fields = {}, how: How = {}): Promise<Answer> =>
  ask(partners, exchangePaths.wechatCoupons, wechatFields(given), how)

export const info = (partners: Partners, given: Fields, how: How = {}): Promise<Answer> =>
  ask(partners, exchangePaths.info, infoFields(given), how)

/** Which type an answer is signed with, by the hub's RSA key or the shared key; undefined where it does not hold. */
export function signTypeOf({ headers, text }: Pick<Answer, 'headers' | 'text'>): string | undefined {
  const read = (name: string): string => String(headers[name.toLowerCase()] ?? '')
  const auth = Object.fromEntries(['businessId', 'nonce', 'timestamp', 'signType'].map((name) => [name, read(name)]))
  const signed = textOf(auth, text)
  if (read('signType') === 'MD5') return read('sign') === md5(signed, merchant.key) ? 'MD5' : undefined
  const signature = Buffer.from(read('sign'), 'base64')
  return verify('sha256', signed, testKeys().platform.publicKeyPem, signature) ? read('signType') : undefined
}

/** cardNo and cdkey: Base64 of RSA to the merchant's key. */
export const open = (sealed: unknown): string =>
  privateDecrypt(
    { key: testKeys().bank.privateKeyPem, padding: constants.RSA_PKCS1_PADDING },
    Buffer.from(String(sealed), 'base64'),
  ).toString()
