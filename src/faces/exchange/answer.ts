import type { FastifyReply } from 'fastify'
import type { FaceTools } from '../face.ts'
import type { Asker } from './authenticate.ts'
import type { Words } from './words.ts'
import { inboundSecrets, outboundKey } from '../../core/set-up/app-keys.ts'
import type { App } from '../../core/set-up/snapshot.ts'
import type { Hub } from '../../hub.ts'
import { exchangeMd5Sign, exchangeSignText, type ExchangeSignType } from '../../wire/exchange-signature.ts'
import { makeNonce } from '../../wire/sign-string.ts'
import { signRsaSha256 } from '../../wire/rsa.ts'

/** `data` is null on refusal. */
export type Answer = { words: Words; data: object | null }

/** Sends an answer, signed by the type of the request where it is known whose it is. */
export async function send(
  { core }: FaceTools,
  reply: FastifyReply,
  { app, signType }: Pick<Asker, 'app' | 'signType'>,
  { words, data }: Answer,
): Promise<FastifyReply> {
  const body = JSON.stringify({ status: words.code, message: words.msg, data })
  void reply.header('content-type', 'application/json; charset=utf-8')
  if (app !== undefined) void reply.headers(await signedHeaders(core.hub, app, signType, body))
  return reply.send(body)
}

/** Fen as the wire writes money: yuan, a number with at most two decimals. */
export const yuanNumber = (fen: number): number => fen / 100

/**
 * The headers that sign what the hub says to an app, an answer or a callback: by the type that is wanted where the app has
 * a key for it, else by the other one. Nothing where its keys are all over.
 */
export async function signedHeaders(hub: Hub, app: App, wanted: ExchangeSignType, body: string) {
  const now = hub.now()
  const [secret] = inboundSecrets(app, hub.keyring, now)
  const isPaired = app.keys.some(({ direction }) => direction === 'outbound')
  const isMd5 = secret !== undefined && (wanted === 'MD5' || !isPaired)
  if (!isMd5 && !isPaired) return {}
  const signType: ExchangeSignType = isMd5 ? 'MD5' : 'SHA256-RSA'
  const headers = { businessId: app.id, nonce: makeNonce(32), timestamp: String(now.getTime()), signType }
  const text = exchangeSignText(headers, body)
  const sign = isMd5
    ? exchangeMd5Sign(text, secret)
    : await signRsaSha256(text, outboundKey(app, hub.keyring, now).privateKey)
  return { ...headers, sign }
}
