import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { JsonObject, JsonValue } from '../../wire/json.ts'
import { isPrintableAscii } from '../../wire/text.ts'
import {
  bodyBytes,
  countUnproven,
  endpointOf,
  httpStatusOf,
  openPostScope,
  readJson,
  refusalOf,
  type FaceTools,
} from '../face.ts'
import { refused, send, wordsFor, type Fields } from './answer.ts'
import { authenticate, face, findAsker, stranger, type Asker, type Caller } from './authenticate.ts'
import { cancelRedemption } from './coupon-cancel.ts'
import { noCoupon, prepareUse } from './coupon-prepareuse.ts'
import { queryRedemption } from './coupon-quary.ts'
import { redeemCoupon } from './coupon-wf.ts'
import { noRecord, noRedemption } from './record.ts'
import { longestScanned } from './till.ts'
import { successWords } from './words.ts'

/** Shoubei, 接口URL. */
export const shoubeiPrefix = '/openpay'
const paths = {
  wf: '/coupon/wf',
  quary: '/coupon/quary',
  query: '/coupon/query',
  cancel: '/coupon/cancel',
  prepareuse: '/coupon/prepareuse',
}
export const shoubeiPaths = {
  wf: `${shoubeiPrefix}${paths.wf}`,
  quary: `${shoubeiPrefix}${paths.quary}`,
  query: `${shoubeiPrefix}${paths.query}`,
  cancel: `${shoubeiPrefix}${paths.cancel}`,
  prepareuse: `${shoubeiPrefix}${paths.prepareuse}`,
}

type Endpoint = {
  path: string
  act: (tools: FaceTools, caller: Caller, fields: JsonObject) => Promise<Fields>
  /** The names of its table, as a refusal fills them. */
  empty: Fields
}

const endpoints: Endpoint[] = [
  { path: paths.wf, act: redeemCoupon, empty: noRedemption },
  { path: paths.quary, act: queryRedemption, empty: noRecord },
  { path: paths.query, act: queryRedemption, empty: noRecord },
  { path: paths.cancel, act: cancelRedemption, empty: noRecord },
  { path: paths.prepareuse, act: prepareUse, empty: noCoupon },
]

/** Shoubei's wire: redeem, query, cancel, prepare. To be registered at its prefix, which makes a scope of its own. */
export function shoubeiFace(tools: FaceTools) {
  return async (scope: FastifyInstance): Promise<void> => {
    openPostScope(
      scope,
      endpoints,
      (endpoint, request, reply) => answer(tools, endpoint, request, reply),
      (request, reply, error) => answerRefusal(tools, request, reply, error, stranger, noRedemption),
    )
  }
}

async function answer(tools: FaceTools, endpoint: Endpoint, request: FastifyRequest, reply: FastifyReply) {
  let asker: Asker = stranger
  let fields: JsonObject = {}
  try {
    // The sign is over the fields, so they are read before it can be checked.
    fields = readJson(bodyBytes(request))
    asker = findAsker(tools, fields)
    const caller = authenticate(tools, request, fields, asker)
    const given = await endpoint.act(tools, caller, fields)
    tools.onAnswer(face, endpointOf(request), successWords.code)
    return send(reply, asker, given)
  } catch (caught) {
    const error = asker.isProven ? caught : countUnproven(tools, request, caught)
    void reply.status(httpStatusOf(error, true))
    const table = asker.isProven ? withEcho(endpoint.empty, fields) : endpoint.empty
    return answerRefusal(tools, request, reply, error, asker, table)
  }
}

/** As in the document's sample, a refusal says which code, and under which number, it is about. */
function withEcho(empty: Fields, fields: JsonObject): Fields {
  const asked: Fields = {
    codes: idOrNull(fields['coupon_code'], longestScanned) ?? idOrNull(fields['couponCode'], longestScanned),
    wf_trace_no: idOrNull(fields['wf_trace_no'], 64),
  }
  return Object.fromEntries(Object.keys(empty).map((name) => [name, asked[name] ?? null]))
}

const idOrNull = (value: JsonValue | undefined, longest: number): string | null =>
  typeof value === 'string' && value.length <= longest && isPrintableAscii(value) ? value : null

async function answerRefusal(
  tools: FaceTools,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
  asker: Asker,
  table: Fields,
) {
  const refusal = refusalOf(error)
  if (refusal === undefined) request.log.error({ err: error }, 'a request failed')
  tools.onAnswer(face, endpointOf(request), wordsFor(refusal).code)
  return send(reply, asker, refused(refusal, asker, table))
}
