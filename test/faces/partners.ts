import { createHash, randomUUID, sign, verify } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { buildApp } from '../../src/app.ts'
import type { Core } from '../../src/core/core.ts'
import type { Config } from '../../src/config.ts'
import type { Database, Tx } from '../../src/db/client/client.ts'
import { raiseSetupVersion } from '../../src/db/set-up.ts'
import { lakalaPaths } from '../../src/faces/lakala/index.ts'
import { openWeChat } from '../../src/http-out/ways-out.ts'
import type { Hub } from '../../src/hub.ts'
import { createMetrics } from '../../src/metrics.ts'
import { createClock, type TestClock } from '../support/clock.ts'
import { testKeys } from '../support/keys.ts'
import { openTestHub, world } from '../support/world.ts'

// Partners that speak from their documents: what they sign and how they check an answer is written down here a second
// time, without a line of the hub's.

export type Fields = Record<string, unknown>
export type Answer = { status: number; body: Fields; headers: IncomingHttpHeaders; text: string }

export type Partners = {
  core: Core
  app: FastifyInstance
  clock: TestClock
  /** Sends bytes as they are. */
  send: (
    path: string,
    payload: string | Buffer,
    headers?: Record<string, string | undefined>,
    method?: 'POST' | 'GET',
  ) => Promise<Answer>
  /** Issues over Lakala's wire and gives the code. */
  issue: (given?: Fields) => Promise<string>
  bank: (path: string, body: unknown, how?: BankHow) => Promise<Answer>
  till: (path: string, fields: Fields, key?: string) => Promise<Answer>
  /** The fields of a till's request, with time stamp and sign. */
  signed: (fields: Fields, key?: string) => Fields
  changeSetup: (change: (tx: Tx) => Promise<unknown>) => Promise<void>
  close: () => Promise<void>
}

export async function openPartners(
  database: Database,
  config: Partial<Config> = {},
  suppliers?: Hub['suppliers'],
): Promise<Partners> {
  const clock = createClock()
  const { core } = await openTestHub(database, {
    now: clock.now,
    config,
    ...(suppliers === undefined ? {} : { suppliers }),
  })
  const wechat = openWeChat(core.hub)
  const app = buildApp({ core, metrics: createMetrics(), readiness: async () => undefined, askWeChat: wechat.ask })
  const send: Partners['send'] = async (path, payload, given = {}, method = 'POST') => {
    const headers = Object.entries({ 'content-type': 'application/json', ...given }).filter(
      ([, value]) => value !== undefined,
    )
    return answerOf(await app.inject({ method, url: path, payload, headers: Object.fromEntries(headers) }))
  }
  const signed: Partners['signed'] = (fields, key = world.shoubei.key) => signFields(clock, fields, key)
  const bank: Partners['bank'] = (path, body, how = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return send(path, text, { authorization: authorize(text, clock, how) })
  }
  return {
    core,
    app,
    clock,
    send,
    signed,
    bank,
    issue: async (given = {}) => dataOf(await bank(lakalaPaths.issue, issueFields(given)))['third_coupon_id']!,
    till: (path, fields, key) => send(path, JSON.stringify(signed(fields, key))),
    changeSetup: async (change) => {
      await database.transaction(async (tx) => {
        await raiseSetupVersion(tx)
        await change(tx)
      })
      await core.setup.refresh()
    },
    close: async () => void (await Promise.all([app.close(), wechat.close()])),
  }
}

function answerOf(response: LightMyRequestResponse): Answer {
  const { statusCode: status, headers, payload: text } = response
  return { status, headers: headers as IncomingHttpHeaders, text, body: text.startsWith('{') ? JSON.parse(text) : {} }
}

/** `data` of Lakala's bare answer. */
export const dataOf = (answer: Answer): Record<string, string> => answer.body['data'] as Record<string, string>

// Lakala §2, the request's example.
export const issueFields = (given: Fields = {}): Fields => ({
  member_id: `${world.memberPrefix}0001545612`,
  activity_id: world.activityId,
  owner_id: world.channelId,
  promotion_id: world.templates.normal,
  channel_openid: 'oKL-mwRzR-SBfI4QDAI1QXOpkyc8',
  mer_order_id: randomUUID(),
  writeOffNotify: 'http://127.0.0.1:9/write-off',
  postNotify: 'http://127.0.0.1:9/issued',
  ...given,
})

export type BankHow = {
  nonce?: string
  timestamp?: string
  appid?: string
  serialNo?: string
  privateKeyPem?: string
}

/** Lakala, LKLAPI-SHA256withRSA: appid, serial number, seconds, nonce and body, each with a line end, signed with SHA256withRSA. */
export function authorize(body: string | Buffer, clock: TestClock, how: BankHow = {}): string {
  const { lakala } = world
  const appid = how.appid ?? lakala.appid
  const serialNo = how.serialNo ?? lakala.serialNo
  const timestamp = how.timestamp ?? String(Math.floor(clock.now().getTime() / 1000))
  const nonce = how.nonce ?? randomUUID().replaceAll('-', '')
  const head = Buffer.from(`${appid}\n${serialNo}\n${timestamp}\n${nonce}\n`)
  const text = Buffer.concat([head, Buffer.from(body), Buffer.from('\n')])
  const signature = sign('sha256', text, how.privateKeyPem ?? testKeys().bank.privateKeyPem)
  const pairs = { appid, serial_no: serialNo, timestamp, nonce_str: nonce, signature: signature.toString('base64') }
  const attributes = Object.entries(pairs).map(([name, value]) => `${name}="${value}"`)
  return `LKLAPI-SHA256withRSA ${attributes.join(',')}`
}

/** Whether the five lines of an answer's `Lklapi-` headers and body are signed by the platform. */
export function isSignedByPlatform({ headers, text }: Answer): boolean {
  const header = (name: string): string => String(headers[`lklapi-${name}`] ?? '')
  const lines = ['appid', 'serial', 'timestamp', 'nonce'].map((name) => `${header(name)}\n`)
  const signature = Buffer.from(header('signature'), 'base64')
  return verify('sha256', Buffer.from(`${lines.join('')}${text}\n`), testKeys().platform.publicKeyPem, signature)
}

function signFields(clock: TestClock, fields: Fields, key: string): Fields {
  const identity = { inst_no: world.shoubei.instNo, merchant_no: world.merchantNo, shop_no: world.shopNo }
  const unsigned = { ...identity, ts: shanghaiDigits(clock.now()), ...fields }
  return { ...unsigned, sign: md5Sign(unsigned, key) }
}

const shanghaiDigits = (at: Date): string =>
  new Date(at.getTime() + 8 * 3_600_000).toISOString().replaceAll(/\D/g, '').slice(0, 14)

/** Shoubei, the sign: null does not take part, empty strings do; sorted by name; `&key=` behind; MD5 in lower case. */
export function md5Sign(fields: Fields, key: string): string {
  const names = Object.keys(fields).filter(
    (name) => name !== 'sign' && fields[name] !== null && fields[name] !== undefined,
  )
  const pairs = names.toSorted((a, b) => (a < b ? -1 : 1)).map((name) => `${name}=${String(fields[name])}`)
  return createHash('md5')
    .update(`${pairs.join('&')}&key=${key}`)
    .digest('hex')
}

/** Whether an answer is signed with the institution's key, and has nothing but strings and null. */
export const isSignedByHub = ({ body }: Answer, key: string = world.shoubei.key): boolean =>
  Object.values(body).every((value) => typeof value === 'string' || value === null) &&
  body['sign'] === md5Sign(body, key)
