import { performance } from 'node:perf_hooks'
import { Agent } from 'undici'
import type { Dispatcher } from 'undici'
import type { AddressGuard } from './address-guard.ts'
import { failureReason, messageOf, timeoutError } from './post-failure.ts'
import type { PostFailureReason } from './post-failure.ts'

export type PostRequest = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** What came of one POST. `body` is UTF-8 text of at most `maxAnswerBytes` bytes; `isCut` says that there was more. */
export type PostResult =
  | { kind: 'answered'; status: number; body: string; isCut: boolean; durationMilliseconds: number }
  | { kind: 'failed'; reason: PostFailureReason; message: string; durationMilliseconds: number }

export type Poster = {
  /** Never rejects. Redirects are answers like any other, and are not followed. */
  readonly post: (request: PostRequest) => Promise<PostResult>
  /** Waits for what is under way (each is bounded by the timeout), then closes the connections. */
  readonly close: () => Promise<void>
}

export type PosterOptions = {
  readonly guard: AddressGuard
  /** For everything together: name, connection, answer to its last byte. */
  readonly timeoutMilliseconds?: number
  readonly maxAnswerBytes?: number
  readonly connectionsPerOrigin?: number
}

/** Posts over kept connections. The environment's proxy settings do not apply: they would bypass the guard. */
export function createPoster(options: PosterOptions): Poster {
  const { guard, timeoutMilliseconds = 10_000, maxAnswerBytes = 65_536, connectionsPerOrigin = 50 } = options
  const agent = createAgent(guard, timeoutMilliseconds, connectionsPerOrigin)
  const ask = async (request: PostRequest, signal: AbortSignal): Promise<Answer> => {
    const { origin, pathname, search } = new URL(request.url)
    const { headers, body } = request
    const answer = await agent.request({ origin, path: pathname + search, method: 'POST', headers, body, signal })
    return { status: answer.statusCode, ...(await readCapped(answer.body, maxAnswerBytes)) }
  }
  const askInTime = (request: PostRequest): Promise<Answer> =>
    withTimeout(timeoutMilliseconds, (signal) => ask(request, signal))
  const underWay = new Set<Promise<PostResult>>()
  return {
    post: async (request) => {
      const result = post(request, guard, askInTime)
      underWay.add(result)
      return result.finally(() => underWay.delete(result))
    },
    close: async () => {
      await Promise.all(underWay)
      await agent.destroy()
    },
  }
}

type Answer = { status: number; body: string; isCut: boolean }

async function post(
  request: PostRequest,
  guard: AddressGuard,
  ask: (request: PostRequest) => Promise<Answer>,
): Promise<PostResult> {
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
async function withTimeout<T>(milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = timeoutError(milliseconds)
      reject(error)
      controller.abort(error)
    }, milliseconds)
  })
  try {
    return await Promise.race([work(controller.signal), timeout])
  } finally {
    clearTimeout(timer)
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
