import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HubError, refuse } from '../core/command/errors.ts'
import type { Core } from '../core/core.ts'
import type { AddressPolicy } from '../wire/address.ts'
import { parseJsonObject, type JsonObject, JsonError } from '../wire/json.ts'
import type { Admission } from './admission.ts'

/** What every face is handed. */
export type FaceTools = {
  core: Core
  admission: Admission
  /** Which addresses partners may give for callbacks. */
  addresses: AddressPolicy
  /** Where holders reach the hub, without a slash at the end. */
  publicUrl: () => string
  /** Counts answers, by face, endpoint and what was answered. */
  onAnswer: (face: string, endpoint: string, answer: string) => void
}

type AnswerRefusal = (request: FastifyRequest, reply: FastifyReply, error: unknown) => Promise<unknown>

const longestBodyBytes = 256 * 1024

/**
 * Makes a scope in which a face reads raw bytes, whatever their content type, and answers in its own words also what
 * the framework refuses: bodies too large, paths and methods that do not exist, and errors of ours.
 */
export function openFaceScope(scope: FastifyInstance, answerRefusal: AnswerRefusal): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: longestBodyBytes }, (_request, body, done) =>
    done(null, body),
  )
  // The framework has set its own status by now; which one travels is the face's to say.
  scope.setErrorHandler((error, request, reply) => answerRefusal(request, reply.status(200), error))
  scope.setNotFoundHandler((request, reply) =>
    answerRefusal(request, reply, new HubError('bad_request', `there is nothing at ${request.method} ${request.url}`)),
  )
}

const wrongContentType = 'the content type must be application/json in UTF-8'

/** The bytes of a request's body. Refuses what is no JSON in UTF-8 by its headers, and compressed bodies. */
export function bodyBytes(request: FastifyRequest): Uint8Array {
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') refuse('bad_request', 'compressed bodies are not taken')
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/json(\s*;\s*charset\s*=\s*"?utf-?8"?)?\s*;?\s*$/i.test(type)) {
    refuse('bad_request', wrongContentType, { field: 'Content-Type' })
  }
  if (request.body instanceof Uint8Array && request.body.length > 0) return request.body
  return refuse('bad_request', 'the body is empty')
}

/**
 * Reads a body as a JSON object: strict, see wire/json.ts.
 * @param field the field that the bytes came in, where they are not the body itself.
 */
export function readJson(bytes: Uint8Array, field?: string): JsonObject {
  try {
    return parseJsonObject(bytes)
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    const what = field === undefined ? 'the body is no' : `${field}: must be a`
    return refuse('bad_request', `${what} JSON object: ${error.message}`, { field, cause: error })
  }
}

/** Counts a request that did not prove whose it is. An address that sends too many hears that instead of its error. */
export function countUnproven({ core, admission }: FaceTools, request: FastifyRequest, error: unknown): unknown {
  try {
    admission.countFailure(request.ip, core.hub.now())
    return error
  } catch (tooMany) {
    return tooMany
  }
}

/**
 * What a refusal is told in: its face's words, with the field that it is about, or the string that the sandbox expected to
 * be signed. A rule has words of its own.
 */
export function tell(text: string, { code, field, message, words }: HubError): string {
  if (words !== undefined) return words
  const isExpectedString = code === 'bad_signature' && message.startsWith('the string to sign')
  if (code === 'bad_request' || isExpectedString) return `${text}: ${message}`
  return field === undefined ? text : `${text} (${field})`
}

/** What an error means to a partner: a refusal of ours, one of the framework's (its status below 500), or neither. */
function refusalOf(error: unknown): HubError | undefined {
  if (error instanceof HubError) return error
  const status = (error as { statusCode?: number }).statusCode
  if (status === undefined || status >= 500) return undefined
  const message = status === 415 ? wrongContentType : (error as Error).message
  return new HubError('bad_request', message, { cause: error })
}

/** The HTTP status with which a refusal travels: 200 for all that the face's document has words for. */
function httpStatusOf(error: unknown, isRouted: boolean): number {
  if (!isRouted) return 404
  const status = (error as { statusCode?: number }).statusCode
  if (status === 413) return 413
  if (!(error instanceof HubError)) return 200
  if (error.code === 'too_many_requests') return 429
  return error.code === 'busy' ? 503 : 200
}

/** How the metrics name what a request was for: the path of its route. */
export const endpointOf = (request: FastifyRequest): string => request.routeOptions.url ?? 'none'

/** How a face speaks: what it does, its words, and its signature. */
type Face<Endpoint, Asker, Answer> = {
  /** As the metrics name it. */
  name: string
  endpoints: Endpoint[]
  /** What is known of who asks before the body is read; `act` tells it what it learns. */
  meet: (request: FastifyRequest) => Asker
  act: (asker: Asker, endpoint: Endpoint, request: FastifyRequest) => Promise<Answer>
  /** Whether a refusal counts against the address that asked; absent: `act` counts. */
  isUnproven?: (asker: Asker) => boolean
  /** The words of a refusal; of a fault of ours where `refusal` is undefined. */
  refuse: (refusal: HubError | undefined, asker: Asker, at: RefusedAt<Endpoint>) => Answer
  send: (reply: FastifyReply, asker: Asker, answer: Answer) => FastifyReply | Promise<FastifyReply>
  /** What the metrics call that which is asked for; absent: the path of its route. */
  endpointOf?: (asker: Asker) => string
}

/** `endpoint` is undefined where the framework refused; `httpStatus` is the one that the answer has so far. */
type RefusedAt<Endpoint> = { endpoint: Endpoint | undefined; httpStatus: number }

/** Opens a face's scope (`openFaceScope`) with paths that take POST alone: every other method on them is a 405. */
export function openFace<Endpoint extends { path: string }, Asker, Answer extends { words: { code: string | number } }>(
  scope: FastifyInstance,
  tools: FaceTools,
  face: Face<Endpoint, Asker, Answer>,
): void {
  const tellAnswer = (request: FastifyRequest, reply: FastifyReply, asker: Asker, answer: Answer) => {
    tools.onAnswer(face.name, face.endpointOf?.(asker) ?? endpointOf(request), String(answer.words.code))
    return face.send(reply, asker, answer)
  }
  const tellRefusal = async (
    request: FastifyRequest,
    reply: FastifyReply,
    error: unknown,
    asker = face.meet(request),
    endpoint?: Endpoint,
  ) => {
    const refusal = refusalOf(error)
    if (refusal === undefined) request.log.error({ err: error }, 'a request failed')
    const answer = face.refuse(refusal, asker, { endpoint, httpStatus: reply.statusCode })
    return tellAnswer(request, reply, asker, answer)
  }
  const answer = async (endpoint: Endpoint, request: FastifyRequest, reply: FastifyReply) => {
    const asker = face.meet(request)
    try {
      return await tellAnswer(request, reply, asker, await face.act(asker, endpoint, request))
    } catch (caught) {
      const error = face.isUnproven?.(asker) === true ? countUnproven(tools, request, caught) : caught
      return tellRefusal(request, reply.status(httpStatusOf(error, true)), error, asker, endpoint)
    }
  }
  openFaceScope(scope, (request, reply, error) =>
    tellRefusal(request, reply.status(httpStatusOf(error, !request.is404)), error),
  )
  for (const endpoint of face.endpoints)
    openPost(scope, endpoint.path, (...asked) => answer(endpoint, ...asked), tellRefusal)
}

function openPost(
  scope: FastifyInstance,
  url: string,
  handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
  answerRefusal: AnswerRefusal,
): void {
  scope.post(url, handler)
  scope.route({
    method: ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    url,
    handler: (request, reply) => {
      void reply.status(405).header('allow', 'POST')
      return answerRefusal(request, reply, new HubError('bad_request', `${endpointOf(request)} takes POST only`))
    },
  })
}
