import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { controlHelp } from './control.ts'
import { isJsonObject, parseJson } from './json.ts'
import { isBodySignatureValid, isCallbackSignatureValid } from './lakala-signature.ts'
import type { HttpHeaders } from './post-json.ts'
import { startReceivingServer } from './receiving-server.ts'
import type { Answers, ReceivingOptions, ReceivingServer } from './receiving-server.ts'
import type { ServedRequest } from './serve.ts'

export type ReceiverOptions = ReceivingOptions & {
  /** Verifies the callbacks' headers and bodies. */
  platformPublicKeyPem: string
  now?: () => Date
}

/** `wrong` is HTTP 200 with code FAIL. */
export type ReceiverMode = (typeof modes)[number]

/** A callback as it arrived, whatever it was answered. */
export type ReceivedCallback = {
  path: string
  receivedAt: Date
  /** Names in lower case. */
  headers: HttpHeaders
  /** The parsed body; null where it was no JSON. */
  body: unknown
  /** The body as sent, which is what the signature covers. */
  text: string
  isHeaderSignatureValid: boolean
  /** Null where this kind of callback carries no signature in its body (the write-off callback). */
  isBodySignatureValid: boolean | null
  /** How it was answered. */
  mode: ReceiverMode
}

export type Receiver = ReceivingServer<ReceivedCallback, ReceiverMode>

const modes = ['ok', '500', 'slow', 'wrong', 'garbage', 'closed'] as const

/** The paths on which callbacks arrive; more path behind either (`/lakala/used/branch-7`) keeps addresses apart. */
const callbackPaths = { issued: '/lakala/issued', used: '/lakala/used' } as const

const isUnder = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`)

const isCallbackPath = (path: string): boolean => Object.values(callbackPaths).some((root) => isUnder(path, root))

const help = `A bank's callback addresses, for trying a hub out.

POST   /lakala/issued   issue callbacks go here (more path may follow: /lakala/issued/branch-7)
POST   /lakala/used     write-off callbacks go here
${controlHelp}
The inbox has the verdict on header and body signature with each callback.
Modes: ok, 500, slow, wrong (code FAIL), garbage (HTML), closed (no answer).
`

const modeRules = {
  modes,
  paths: Object.values(callbackPaths),
  isPath: isCallbackPath,
  pathHint: `${callbackPaths.issued} or ${callbackPaths.used} (or begin so, with a / behind)`,
  example: '{"path":"/lakala/issued","mode":"500","times":2}',
}

const answers: Answers = {
  ok: { status: 200, body: { code: 'SUCCESS', msg: '处理成功' } },
  refusal: { status: 200, body: { code: 'FAIL', msg: '处理失败' } },
  failure: { status: 500, body: { code: 'FAIL', msg: '系统异常' } },
}

function verdictsOn({ path, headers, bytes }: ServedRequest, body: unknown, platformKey: KeyObject) {
  const authorization = typeof headers['authorization'] === 'string' ? headers['authorization'] : ''
  const isIssue = isUnder(path, callbackPaths.issued)
  return {
    isHeaderSignatureValid: isCallbackSignatureValid(authorization, bytes, platformKey),
    isBodySignatureValid: isIssue ? isJsonObject(body) && isBodySignatureValid(body, platformKey) : null,
  }
}

/**
 * Starts the place where a bank's callbacks arrive: it keeps each with the verdict on its signatures (Lakala §3 and §4)
 * and answers as it was told to, in code or over HTTP (`GET /` explains). It never refuses a bad signature: it reports it.
 * @throws where the port is taken, or the key is no PEM public key.
 */
export async function startReceiver({
  platformPublicKeyPem,
  now = () => new Date(),
  ...where
}: ReceiverOptions): Promise<Receiver> {
  const platformKey = createPublicKey(platformPublicKeyPem)
  return startReceivingServer<ReceivedCallback, ReceiverMode>(where, {
    noun: 'callback',
    help,
    modes: modeRules,
    isArrival: ({ method, path }) => method === 'POST' && isCallbackPath(path),
    receive: (request, mode) => {
      const { path, headers, text } = request
      const body = parseJson(text)
      const verdicts = verdictsOn(request, body, platformKey)
      return { item: { path, receivedAt: now(), headers, body, text, ...verdicts, mode }, answers }
    },
  })
}
