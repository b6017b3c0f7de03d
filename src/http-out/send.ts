import { performance } from 'node:perf_hooks'
import { Agent, type Dispatcher } from 'undici'
import { guardCodes, type AddressGuard } from './address-guard.ts'

/**
 * Why there is no answer. `not_tried`: nothing was sent, and nobody else was asked, for want of our own. `other`: an answer
 * that is not HTTP, or a request that cannot be sent as it is.
 */
type SendFailureReason = 'not_tried' | 'address_refused' | 'dns' | 'connect' | 'timeout' | 'closed' | 'tls' | 'other'

const timeoutCode = 'QUANHUB_TIMEOUT'

/** The error with which a POST is given up. */
const timeoutError = (milliseconds: number): Error =>
  Object.assign(new Error(`No complete answer within ${milliseconds} ms.`), { code: timeoutCode })

const givenUpError = (): Error =>
  Object.assign(new Error('Nobody waits for the answer any more.'), { code: timeoutCode })

const reasonByCode: Readonly<Record<string, SendFailureReason>> = {
  [guardCodes.refused]: 'address_refused',
  [guardCodes.dns]: 'dns',
  [guardCodes.remembered]: 'not_tried',
  ECONNREFUSED: 'connect',
  EHOSTUNREACH: 'connect',
  EHOSTDOWN: 'connect',
  ENETUNREACH: 'connect',
  ENETDOWN: 'connect',
  EADDRNOTAVAIL: 'connect',
  EMFILE: 'not_tried',
  ENFILE: 'not_tried',
  [timeoutCode]: 'timeout',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ECONNRESET: 'closed',
  ECONNABORTED: 'closed',
  EPIPE: 'closed',
  UND_ERR_SOCKET: 'closed',
  EPROTO: 'tls',
}

// OpenSSL's words for a certificate that does not hold, as Node passes them on in `code`.
const certificateCode =
  /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_|PATH_LENGTH)/

/** Sorts an error of undici, of a socket or of the address guard. */
function failureReason(error: unknown): SendFailureReason {
  const code = codeOf(error)
  return reasonByCode[code] ?? (certificateCode.test(code) ? 'tls' : 'other')
}

/** One line for whoever looks why a callback does not arrive. */
export function messageOf(error: unknown): string {
  // Where a name has several addresses and none can be reached, the error's own message is empty.
  const errors = error instanceof AggregateError ? error.errors : [error]
  const messages = errors.map((one) => (one instanceof Error ? one.message : String(one)))
  return messages.filter((message) => message !== '').join('; ') || codeOf(error) || 'Unknown failure.'
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** A POST, where no method is named. */
type SendRequest = {
  readonly method?: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** What came of one request. `headers` by their names in lower case, repeated ones joined; `body` is UTF-8 text of at most `maxAnswerBytes` bytes; `isCut` says that there was more. */
export type SendResult =
  | ({ kind: 'answered'; durationMilliseconds: number } & Answer)
  | { kind: 'failed'; reason: SendFailureReason; message: string; durationMilliseconds: number }

export type Sender = {
  /**
   * Never rejects. Redirects are answers like any other, and are not followed. `givenUp` ends it before its time, where
   * nobody waits for the answer any more.
   */
  readonly send: (request: SendRequest, givenUp?: AbortSignal) => Promise<SendResult>
  /** Waits for what is under way (each is bounded by the timeout), then closes the connections. */
  readonly close: () => Promise<void>
}

export type SenderOptions = {
  readonly guard: AddressGuard
  /** For everything together: name, connection, answer to its last byte. */
  readonly timeoutMilliseconds?: number
  readonly maxAnswerBytes?: number
  readonly connectionsPerOrigin?: number
}

/** Sends over kept connections. The environment's proxy settings do not apply: they would bypass the guard. */
export function createSender(options: SenderOptions): Sender {
  const { guard, timeoutMilliseconds = 10_000, maxAnswerBytes = 65_536, connectionsPerOrigin = 50 } = options
  const agent = createAgent(guard, timeoutMilliseconds, connectionsPerOrigin)
  const ask = async (request: SendRequest, signal: AbortSignal): Promise<Answer> => {
    const { origin, pathname, search } = new URL(request.url)
    const { method = 'POST', headers, body = null } = request
    const answer = await agent.request({ origin, path: pathname + search, method, headers, body, signal })
    const { statusCode: status } = answer
    return { status, headers: joined(answer.headers), ...(await readCapped(answer.body, maxAnswerBytes)) }
  }
  const askInTime = (request: SendRequest, givenUp?: AbortSignal): Promise<Answer> =>
    withTimeout(timeoutMilliseconds, givenUp, (signal) => ask(request, signal))
  const underWay = new Set<Promise<SendResult>>()
  return {
    send: async (request, givenUp) => {
      const result = send(request, guard, (checked) => askInTime(checked, givenUp))
      underWay.add(result)
      return result.finally(() => underWay.delete(result))
    },
    close: async () => {
      await Promise.all(underWay)
      await agent.destroy()
    },
  }
}

type Answer = { status: number; headers: Readonly<Record<string, string>>; body: string; isCut: boolean }

const joined = (headers: Dispatcher.ResponseData['headers']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, [value].flat().join(', ')]],
    ),
  )

async function send(
  request: SendRequest,
  guard: AddressGuard,
  ask: (request: SendRequest) => Promise<Answer>,
): Promise<SendResult> {
  const startedAt = performance.now()
  const duration = (): number => Math.round(performance.now() - startedAt)
  const checked = guard.checkUrl(request.url)
  if (!checked.ok) {
    return { kind: 'failed', reason: 'address_refused', message: checked.reason, durationMilliseconds: duration() }
  }
  try {
    return { kind: 'answered', ...(await ask(request)), durationMilliseconds: duration() }
  } catch (error) {
    const reason = failureReason(error)
    return { kind: 'failed', reason, message: messageOf(error), durationMilliseconds: duration() }
  }
}

// Rejects by itself: undici hears of the signal only once there is a connection (and then does not send). Timers of
// AbortSignal.timeout would live on to their end, tens of thousands of them where answers come fast.
async function withTimeout<T>(
  milliseconds: number,
  givenUp: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const ended = new Promise<never>((_, reject) =>
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason as Error)),
  )
  const timer = setTimeout(() => controller.abort(timeoutError(milliseconds)), milliseconds)
  const giveUp = (): void => controller.abort(givenUpError())
  givenUp?.addEventListener('abort', giveUp, { once: true })
  try {
    if (givenUp?.aborted === true) throw givenUpError()
    return await Promise.race([work(controller.signal), ended])
  } finally {
    clearTimeout(timer)
    givenUp?.removeEventListener('abort', giveUp)
  }
}

const createAgent = (guard: AddressGuard, timeoutMilliseconds: number, connections: number): Agent =>
  new Agent({
    connect: guard.connect,
    connections,
    pipelining: 1,
    maxHeaderSize: 16_384,
    headersTimeout: timeoutMilliseconds,
    bodyTimeout: timeoutMilliseconds,
    // A kept connection goes where its name led when it was made: names that move are followed within a minute.
    clientTtl: 60_000,
    keepAliveMaxTimeout: 60_000,
  })

async function readCapped(stream: Dispatcher.ResponseData['body'], maxBytes: number) {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    length += chunk.byteLength
    // Leaving the loop destroys the stream, and with it the connection: the rest is never read.
    if (length > maxBytes) break
  }
  return { body: decode(Buffer.concat(chunks, Math.min(length, maxBytes))), isCut: length > maxBytes }
}

// Drops a byte order mark. PostgreSQL's text cannot hold NUL, and what a partner answers must not stop its being noted.
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).replaceAll('\0', '\uFFFD')
