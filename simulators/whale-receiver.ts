import { createPublicKey } from 'node:crypto'
import { controlHelp } from './control.ts'
import type { JsonObject } from './json.ts'
import { parseJson } from './json.ts'
import { startReceivingServer } from './receiving-server.ts'
import type { Answers, ReceivingOptions, ReceivingServer } from './receiving-server.ts'
import { openEnvelope } from './whale-signature.ts'

export type WhaleReceiverOptions = ReceivingOptions & {
  /** Verifies the notifications. */
  platformPublicKeyPem: string
  now?: () => Date
}

/** `wrong` is HTTP 200 with a returnCode that is not 00. */
export type WhaleReceiverMode = (typeof modes)[number]

/** A notification as it arrived, whatever it was answered. */
export type ReceivedNotification = {
  path: string
  receivedAt: Date
  /** Such as `VerifyCodeNotify`; null where it has none. */
  action: string | null
  /** The business object out of `biz_content`; null where there is none. */
  biz: JsonObject | null
  /** The body as sent. */
  text: string
  isSignatureValid: boolean
  /** How it was answered. */
  mode: WhaleReceiverMode
}

export type WhaleReceiver = ReceivingServer<ReceivedNotification, WhaleReceiverMode>

const modes = ['ok', '500', 'slow', 'wrong', 'garbage', 'closed'] as const

const help = `Where Whale's channels and suppliers hear of redemptions and of codes that changed.

POST   /...          notifications go here, on any path but /mode
${controlHelp}
The inbox has action, biz (decoded) and the verdict on the signature with each notification.
Modes: ok, 500, slow, wrong (returnCode 99), garbage (HTML), closed (no answer).
`

const modeRules = {
  modes,
  paths: [],
  isPath: (path: string) => path.startsWith('/') && path !== '/mode',
  pathHint: 'the path of a notification address, such as /whale/verify',
  example: '{"path":"/whale/verify","mode":"500","times":2}',
}

const answers: Answers = {
  ok: { status: 200, body: { returnCode: '00', returnMsg: 'SUCCESS' } },
  refusal: { status: 200, body: { returnCode: '99', returnMsg: '处理失败' } },
  failure: { status: 500, body: { returnCode: '99', returnMsg: '系统异常' } },
}

/**
 * Starts the place where notifications in Whale's envelope arrive: it keeps each with the verdict on its signature and
 * answers as it was told to, in code or over HTTP (`GET /` explains). It never refuses a bad signature: it reports it.
 * @throws where the port is taken, or the key is no PEM public key.
 */
export async function startWhaleReceiver({
  platformPublicKeyPem,
  now = () => new Date(),
  ...where
}: WhaleReceiverOptions): Promise<WhaleReceiver> {
  const platformKey = createPublicKey(platformPublicKeyPem)
  return startReceivingServer<ReceivedNotification, WhaleReceiverMode>(where, {
    noun: 'notification',
    help,
    modes: modeRules,
    isArrival: ({ method, path }) => method === 'POST' && path !== '/mode',
    receive: ({ path, text }, mode) => {
      const { envelope, biz = null, isSignatureValid } = openEnvelope(parseJson(text), platformKey)
      const action = typeof envelope?.['action'] === 'string' ? envelope['action'] : null
      return { item: { path, receivedAt: now(), action, biz, text, isSignatureValid, mode }, answers }
    },
  })
}
