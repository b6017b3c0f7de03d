import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { HubError } from '../../core/command/errors.ts'
import type { JsonObject } from '../../wire/json.ts'
import {
  bodyBytes,
  endpointOf,
  httpStatusOf,
  openPostScope,
  readJson,
  refusalOf,
  tell,
  type FaceTools,
} from '../face.ts'
import { openEnvelope, send, type Answer, type Envelope } from './answer.ts'
import { authenticate, face, findAsker, type Asker, type Caller } from './authenticate.ts'
import { issueCoupon, refusedIssue } from './coupons-issue.ts'
import { queryOrder, refusedQuery } from './coupons-query.ts'
import { systemErrorWords, wordsOf, type Words } from './words.ts'

/** The document leaves the paths out; these are ours. */
export const lakalaPrefix = '/lakala'
const paths = { issue: '/coupons/issue', query: '/coupons/query' }
export const lakalaPaths = { issue: `${lakalaPrefix}${paths.issue}`, query: `${lakalaPrefix}${paths.query}` }

type Endpoint = {
  path: string
  act: (tools: FaceTools, caller: Caller, fields: JsonObject) => Promise<Answer>
  refused: Record<string, string>
}

const endpoints: Endpoint[] = [
  { path: paths.issue, act: issueCoupon, refused: refusedIssue },
  { path: paths.query, act: queryOrder, refused: refusedQuery },
]

/** Lakala's wire: issue and query. To be registered at its prefix, which makes a scope of its own. */
export function lakalaFace(tools: FaceTools) {
  return async (scope: FastifyInstance): Promise<void> => {
    openPostScope(
      scope,
      endpoints,
      (endpoint, request, reply) => answer(tools, endpoint, request, reply),
      (request, reply, error) =>
        answerRefusal(tools, request, reply, error, findAsker(tools, request), 'bare', refusedIssue),
    )
  }
}

async function answer(tools: FaceTools, endpoint: Endpoint, request: FastifyRequest, reply: FastifyReply) {
  let envelope: Envelope = 'bare'
  const asker = findAsker(tools, request)
  try {
    const bytes = bodyBytes(request)
    const caller = await authenticate(tools, request, bytes, asker)
    const opened = openEnvelope(readJson(bytes))
    envelope = opened.envelope
    const given = await endpoint.act(tools, caller, opened.fields)
    tools.onAnswer(face, endpointOf(request), given.words.code)
    return await send(tools, reply, caller.app, envelope, given)
  } catch (error) {
    void reply.status(httpStatusOf(error, true))
    return answerRefusal(tools, request, reply, error, asker, envelope, endpoint.refused)
  }
}

async function answerRefusal(
  tools: FaceTools,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
  { app }: Asker,
  envelope: Envelope,
  refused: Record<string, string>,
) {
  const refusal = refusalOf(error)
  if (refusal === undefined) request.log.error({ err: error }, 'a request failed')
  const words = refusal === undefined ? systemErrorWords : toldWords(refusal)
  tools.onAnswer(face, endpointOf(request), words.code)
  // In doubt the order may exist: the document's own word for that is PROCESS.
  const data = refusal?.code === 'outcome_unknown' ? { ...refused, trade_status: 'PROCESS' } : refused
  return send(tools, reply, app, envelope, { words, data })
}

function toldWords(refusal: HubError): Words {
  const words = wordsOf[refusal.code]
  return { ...words, msg: tell(words.msg, refusal) }
}
