import { randomUUID } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import { outboundKey } from '../../core/set-up/app-keys.ts'
import type { App } from '../../core/set-up/snapshot.ts'
import { type JsonObject, isJsonObject } from '../../wire/json.ts'
import { lakalaRequestText } from '../../wire/lakala-signature.ts'
import { makeNonce } from '../../wire/sign-string.ts'
import { signRsaSha256 } from '../../wire/rsa.ts'
import { formatShanghaiCompact } from '../../time/shanghai.ts'
import { refuse } from '../../core/command/errors.ts'
import type { FaceTools } from '../face.ts'
import type { Words } from './words.ts'

/** The answer has the shape of the question: a bare object, or the platform's envelope with `req_data`. */
export type Envelope = 'bare' | 'v3'

/** Finds the business fields in a body, and in which shape they came. */
export function openEnvelope(body: JsonObject): { envelope: Envelope; fields: JsonObject } {
  if (!('req_data' in body)) return { envelope: 'bare', fields: body }
  const fields = body['req_data']
  if (isJsonObject(fields)) return { envelope: 'v3', fields }
  return refuse('bad_request', 'req_data must be an object', { field: 'req_data' })
}

/** The outer `code` and `msg`, and the data, whose own `resCode` and `failMsg` agree with them. */
export type Answer = { words: Words; data: Record<string, string> }

/** Sends an answer, signed by five lines in `Lklapi-` headers where the app is known and has not switched that off. */
export async function send(
  { core }: FaceTools,
  reply: FastifyReply,
  app: App | undefined,
  envelope: Envelope,
  { words, data }: Answer,
): Promise<FastifyReply> {
  const now = core.hub.now()
  const isSuccess = words.code === '000000'
  const inner = { resCode: words.code, failMsg: isSuccess ? '' : words.msg, ...data }
  const body = JSON.stringify(
    envelope === 'v3'
      ? { code: words.code, msg: words.msg, resp_time: formatShanghaiCompact(now), resp_data: inner }
      : { msg: words.msg, code: words.code, data: inner },
  )
  void reply.header('content-type', 'application/json; charset=utf-8')
  void reply.header('lklapi-traceid', randomUUID().replaceAll('-', ''))
  if (app?.settings.isAnswerSigned === true) void reply.headers(await signatureHeaders(core, app, body, now))
  return reply.send(body)
}

async function signatureHeaders({ hub }: FaceTools['core'], app: App, body: string, now: Date) {
  const { privateKey, serialNo } = outboundKey(app, hub.keyring, now)
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const nonce = makeNonce(12)
  const text = lakalaRequestText({ appid: app.id, serialNo, timestamp, nonce, body })
  return {
    'lklapi-appid': app.id,
    'lklapi-serial': serialNo,
    'lklapi-timestamp': timestamp,
    'lklapi-nonce': nonce,
    'lklapi-signature': await signRsaSha256(text, privateKey),
  }
}
