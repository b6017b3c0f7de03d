import { controlHelp } from './control.ts'
import { parseJson } from './json.ts'
import { startReceivingServer } from './receiving-server.ts'
import type { Answer, ReceivingOptions, ReceivingServer } from './receiving-server.ts'
import { createRedeemCodes, parseNewCode } from './redeem-codes.ts'
import type { CodeState, RedeemCode, RedeemCodes } from './redeem-codes.ts'
import type { ServedRequest } from './serve.ts'

// What the simulated suppliers of codes have in common: codes, an inbox, faults.

const modes = ['ok', 'refuse', 'unknown', 'timeout', 'slow', '500', 'garbage', 'closed'] as const

/**
 * How requests to one path are answered: `refuse` (a clear no) and `unknown` (its words for not knowing) do nothing;
 * `timeout` (never answered), `slow`, `500`, `garbage` (a page of HTML) and `closed` (no answer) do what was asked.
 */
export type RedeemMode = (typeof modes)[number]

/** A request as it arrived, whatever it was answered. */
export type RedeemRequest = {
  path: string
  search: string
  receivedAt: Date
  text: string
  mode: RedeemMode
}

export type RedeemServerOptions = ReceivingOptions & {
  now?: () => Date
  /** How many codes are kept, the newest; 10,000 where absent. */
  codesLimit?: number
}

export type RedeemServer = ReceivingServer<RedeemRequest, RedeemMode> & {
  /** Adds a code, unused and made up where nothing else is said, and gives it. */
  addCode: (state?: CodeState, code?: string) => string
  codeOf: (code: string) => RedeemCode | undefined
}

/** What is special about one such supplier. */
export type RedeemProtocol = {
  /** What it is, and its endpoints, for `GET /`. */
  help: string
  /** The paths that faults are set for. */
  paths: readonly string[]
  /** Other paths that are the supplier's, such as those that begin so. */
  isOwn?: (path: string) => boolean
  /** Does what a request asks for, and what is said to it. */
  act: (request: ServedRequest, codes: RedeemCodes) => Answer
  refusal: (request: ServedRequest) => Answer
  doubt: (request: ServedRequest) => Answer
}

const codesPath = '/codes'
const codesHelp = `POST   /codes        {"state":"unused"}: adds a code; or used, refunded, expired, early, elsewhere, frozen
GET    /codes        all codes, and by which request each was used
`

function answerCodes({ method, text }: ServedRequest, codes: RedeemCodes): Answer {
  if (method === 'GET') return { status: 200, body: codes.list() }
  try {
    return { status: 200, body: codes.add(parseNewCode(parseJson(text))) }
  } catch (error) {
    return { status: 400, body: { error: error instanceof Error ? error.message : String(error) } }
  }
}

const isDone = (mode: RedeemMode): boolean => mode !== 'refuse' && mode !== 'unknown'

/**
 * Starts a supplier whose codes are redeemed. It is told how to answer in code or over HTTP (`GET /` explains).
 * @throws where the port is taken.
 */
export async function startRedeemServer(
  { now = () => new Date(), codesLimit = 10_000, ...where }: RedeemServerOptions,
  { help, paths, isOwn = () => false, act, refusal, doubt }: RedeemProtocol,
): Promise<RedeemServer> {
  const codes = createRedeemCodes(codesLimit)
  const failure: Answer = { status: 500, body: { error: 'internal error' } }
  const server = await startReceivingServer<RedeemRequest, RedeemMode>(where, {
    noun: 'request',
    help: `${help}${codesHelp}${controlHelp}
Modes: ${modes.join(', ')}. refuse and unknown do nothing; the others do what was asked.
`,
    modes: {
      modes,
      paths,
      isPath: (path) => paths.includes(path),
      pathHint: `one of ${paths.join(', ')}`,
      example: `{"path":"${paths[0]}","mode":"500","times":2}`,
    },
    isArrival: ({ path }) => path === codesPath || paths.includes(path) || isOwn(path),
    receive: (request, mode) => {
      if (request.path === codesPath) {
        return { item: undefined, answers: { ok: answerCodes(request, codes), refusal: failure, failure } }
      }
      const { path, search, text } = request
      const ok = isDone(mode) ? act(request, codes) : failure
      const answers = { ok, refusal: refusal(request), doubt: doubt(request), failure }
      return { item: { path, search, receivedAt: now(), text, mode }, answers }
    },
  })
  return {
    ...server,
    addCode: (state, code) => codes.add({ ...(state && { state }), ...(code && { code }) }).code,
    codeOf: codes.find,
  }
}
