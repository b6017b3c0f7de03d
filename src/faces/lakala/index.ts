import type { FastifyInstance } from 'fastify'
import type { HubError } from '../../core/command/errors.ts'
import type { JsonObject } from '../../wire/json.ts'
import { bodyBytes, openFace, readJson, tell, type FaceTools } from '../face.ts'
import { openEnvelope, send, type Answer, type Envelope } from './answer.ts'
import { authenticate, face, findAsker, type Asker, type Caller } from './authenticate.ts'
import { issueCoupon, refusedIssue } from './coupons-issue.ts'
import { queryOrder, refusedQuery } from './coupons-query.ts'
import { systemErrorWords, wordsOf } from './words.ts'
import { supplierNoticeFace } from '../supplier-notice.ts'

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

/** Who asks, and in which shape: the answer has the same. */
type Asking = Asker & { envelope: Envelope }

/** Lakala's wire: issue and query. To be registered at its prefix, which makes a scope of its own. */
export function lakalaFace(tools: FaceTools) {
  return async (scope: FastifyInstance): Promise<void> =>
    openFace<Endpoint, Asking, Answer>(scope, tools, {
      name: face,
      endpoints,
      meet: (request) => ({ ...findAsker(tools, request), envelope: 'bare' }),
      act: async (asker, { act }, request) => {
        const bytes = bodyBytes(request)
        const caller = await authenticate(tools, request, bytes, asker)
        const { envelope, fields } = openEnvelope(readJson(bytes))
        asker.envelope = envelope
        return act(tools, caller, fields)
      },
      refuse: (refusal, _, { endpoint }) => refuseIn(refusal, endpoint?.refused ?? refusedIssue),
      send: (reply, { app, envelope }, answer) => send(tools, reply, app, envelope, answer),
    })
}

function refuseIn(refusal: HubError | undefined, refused: Record<string, string>): Answer {
  if (refusal === undefined) return { words: systemErrorWords, data: refused }
  const words = wordsOf[refusal.code]
  // In doubt the order may exist: the document's own word for that is PROCESS.
  const data = refusal.code === 'outcome_unknown' ? { ...refused, trade_status: 'PROCESS' } : refused
  return { words: { ...words, msg: tell(words.msg, refusal) }, data }
}

export const lakalaNotifyPrefix = '/lakala/notify'

/**
 * Lakala, 核销回调, from the other side: where a platform whose coupons this hub orders tells of their use. To be registered
 * at its prefix.
 */
export const lakalaNotifyFace = (tools: FaceTools) =>
  supplierNoticeFace(tools, { kind: 'lakala', taken: { status: 200, body: { code: 'SUCCESS', msg: 'SUCCESS' } } })
