import { createPublicKey, sign, verify } from 'node:crypto'
import type { Core } from '../../src/core/core.ts'
import { addApp, type AppInput } from '../../src/core/back-office/apps.ts'
import { testKeys } from '../support/keys.ts'
import { world } from '../support/world.ts'
import type { Answer, Fields, Partners } from './partners.ts'

// A partner of Whale's wire that speaks from its document: what it signs and how it checks an answer is written down
// here a second time, without a line of the hub's.

export const erpAppId = '2014072300007148'
export const channelAppId = '10002401'

const operator = { name: 'test', reason: undefined }

/** Sets up an app of the wire, with the bank's key and the platform's. */
export const addWhaleApp = (core: Core, id: string, rest: Partial<AppInput>) => {
  const { bank, platform } = testKeys()
  const keys = { inbound: { publicKey: bank.publicKeyPem }, outbound: { privateKey: platform.privateKeyPem } }
  return addApp(core, operator, { face: 'whale', id, ...keys, ...rest })
}

/** Sets up an ERP's app and one of the world's channel. */
export async function addWhaleApps(core: Core, settings: AppInput['settings'] = {}): Promise<void> {
  await addWhaleApp(core, erpAppId, { settings: { ...settings, isBackOffice: true } })
  await addWhaleApp(core, channelAppId, { settings, channelIds: [world.channelId] })
}

/** `k=v` of all fields but the sign, null left out, sorted by name, joined by &; numbers as they are written. */
export function stringToSign(envelope: Fields): string {
  const names = Object.keys(envelope).filter((name) => name !== 'sign' && envelope[name] !== null)
  return names
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => `${name}=${String(envelope[name])}`)
    .join('&')
}

export const signed = (envelope: Fields, privateKeyPem = testKeys().bank.privateKeyPem): Fields => ({
  ...envelope,
  sign: sign('sha256', Buffer.from(stringToSign(envelope)), privateKeyPem).toString('base64'),
})

export const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** An envelope around business fields, not yet signed; what is given replaces what is made up. */
export const envelope = (partners: Partners, action: string, business: Fields, given: Fields = {}): Fields => ({
  action,
  app_id: erpAppId,
  biz_content: base64(JSON.stringify(business)),
  timestamp: String(Math.floor(partners.clock.now().getTime() / 1000)),
  version: '4.0',
  ...given,
})

/** An answer, opened: `business` is what the envelope says, or all of it where there is none. */
export type Heard = Answer & { business: Fields; isSigned: boolean }

export async function post(partners: Partners, body: unknown): Promise<Heard> {
  return open(await partners.send('/whale', typeof body === 'string' ? body : JSON.stringify(body)))
}

export function open(answer: Answer): Heard {
  const { body } = answer
  const { biz_content: content, sign: signature = '' } = body as { biz_content?: string; sign?: string }
  if (content === undefined) return { ...answer, business: body, isSigned: false }
  const key = createPublicKey(testKeys().platform.publicKeyPem)
  return {
    ...answer,
    business: JSON.parse(Buffer.from(content, 'base64').toString()) as Fields,
    isSigned: verify('sha256', Buffer.from(stringToSign(body)), key, Buffer.from(signature, 'base64')),
  }
}
