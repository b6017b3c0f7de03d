import { createPublicKey } from 'node:crypto'
import { controlHelp } from './control.ts'
import { isSignatureValid } from './exchange-signature.ts'
import { parseJson } from './json.ts'
import type { HttpHeaders } from './post-json.ts'
import { startReceivingServer } from './receiving-server.ts'
import type { Answers, ReceivingOptions, ReceivingServer } from './receiving-server.ts'

export type ExchangeReceiverOptions = ReceivingOptions & {
  /** What the reports are checked with: the hub's public key, a key for MD5, or both. */
  platformPublicKeyPem?: string
  md5Key?: string
  now?: () => Date
}

/** `wrong` is HTTP 200 with the text FAIL. */
export type ExchangeReceiverMode = (typeof modes)[number]

/** A status report as it arrived, whatever it was answered. */
export type ReceivedReport = {
  path: string
  receivedAt: Date
  /** Names in lower case. */
  headers: HttpHeaders
  /** The parsed body; null where it was no JSON. */
  body: unknown
  /** The body as sent, which is what the signature covers. */
  text: string
  isSignatureValid: boolean
  /** How it was answered. */
  mode: ExchangeReceiverMode
}

export type ExchangeReceiver = ReceivingServer<ReceivedReport, ExchangeReceiverMode>

const modes = ['ok', '500', 'slow', 'wrong', 'garbage', 'closed'] as const

const help = `Where a merchant of the exchange system hears what became of its orders.

POST   /...          status reports go here, on any path but /mode
${controlHelp}
The inbox has the verdict on the signature with each report.
Modes: ok, 500, slow, wrong (FAIL), garbage (HTML), closed (no answer).
`

const modeRules = {
  modes,
  paths: [],
  isPath: (path: string) => path.startsWith('/') && path !== '/mode',
  pathHint: 'the path of a callback address, such as /exchange/report',
  example: '{"path":"/exchange/report","mode":"500","times":2}',
}

// Whatever the case: the document's own sample answers in capitals.
const answers: Answers = {
  ok: { status: 200, body: 'success' },
  refusal: { status: 200, body: 'FAIL' },
  failure: { status: 500, body: 'FAIL' },
}

/**
 * Starts the place where status reports arrive: it keeps each with the verdict on its signature and answers as it was told
 * to, in code or over HTTP (`GET /` explains). It never refuses a bad signature: it reports it.
 * @throws where the port is taken, or the key is no PEM public key.
 */
export async function startExchangeReceiver({
  platformPublicKeyPem,
  md5Key,
  now = () => new Date(),
  ...where
}: ExchangeReceiverOptions): Promise<ExchangeReceiver> {
  const keys = {
    rsa: platformPublicKeyPem === undefined ? undefined : createPublicKey(platformPublicKeyPem),
    md5: md5Key,
  }
  return startReceivingServer<ReceivedReport, ExchangeReceiverMode>(where, {
    noun: 'report',
    help,
    modes: modeRules,
    isArrival: ({ method, path }) => method === 'POST' && path !== '/mode',
    receive: ({ path, headers, text, bytes }, mode) => {
      const verdict = isSignatureValid(headers, bytes, keys)
      const item = { path, receivedAt: now(), headers, body: parseJson(text), text, isSignatureValid: verdict, mode }
      return { item, answers }
    },
  })
}
