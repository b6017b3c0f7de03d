import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
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
import { send, type Answer } from './answer.ts'
import { authenticate, face, findAsker, type Asker, type Caller } from './authenticate.ts'
import { orderCoupon } from './order-coupon.ts'
import { queryOrder } from './order-info.ts'
import { orderWechatCoupon } from './order-wechat-coupons.ts'
import { noSuchMethodWords, successWords, systemErrorWords, wordsOf, type Words } from './words.ts'

export const exchangePrefix = '/v1/openapi'
const paths = { wechatCoupons: '/order/wechat/coupons', info: '/order/info', coupon: '/order/coupon' }
export const exchangePaths = {
  wechatCoupons: `${exchangePrefix}${paths.wechatCoupons}`,
  info: `${exchangePrefix}${paths.info}`,
  coupon: `${exchangePrefix}${paths.coupon}`,
}

type Act = (tools: FaceTools, caller: Caller, fields: JsonObject) => Promise<Answer>

const endpoints: { path: string; act: Act }[] = [
  { path: paths.wechatCoupons, act: orderWechatCoupon },
  { path: paths.info, act: queryOrder },
  { path: paths.coupon, act: orderCoupon },
]

/** The wire of the exchange system (兑换系统): orders and query. To be registered at its prefix, which makes a scope of its own. */
export function exchangeFace(tools: FaceTools) {
  return async (scope: FastifyInstance): Promise<void> => {
    openPostScope(
      scope,
      endpoints,
      ({ act }, request, reply) => answer(tools, act, request, reply),
      (request, reply, error) => answerRefusal(tools, request, reply, error, findAsker(tools, request)),
    )
  }
}

async function answer(tools: FaceTools, act: Act, request: FastifyRequest, reply: FastifyReply) {
  const asker = findAsker(tools, request)
  try {
    const bytes = bodyBytes(request)
    const caller = await authenticate(tools, request, bytes, asker)
    const given = await act(tools, caller, readJson(bytes))
    tools.onAnswer(face, endpointOf(request), String(successWords.code))
    return await send(tools, reply, asker, given)
  } catch (error) {
    void reply.status(httpStatusOf(error, true))
    return answerRefusal(tools, request, reply, error, asker)
  }
}

async function answerRefusal(
  tools: FaceTools,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
  asker: Asker,
) {
  const words = wordsFor(request, reply, error)
  tools.onAnswer(face, endpointOf(request), String(words.code))
  return send(tools, reply, asker, { words, data: null })
}

function wordsFor(request: FastifyRequest, reply: FastifyReply, error: unknown): Words {
  // A path or a method that there is not; whatever else may be wrong with the request.
  if (reply.statusCode === 404 || reply.statusCode === 405) return noSuchMethodWords
  const refusal = refusalOf(error)
  if (refusal === undefined) {
    request.log.error({ err: error }, 'a request failed')
    return systemErrorWords
  }
  const words = wordsOf[refusal.code]
  return { ...words, msg: tell(words.msg, refusal) }
}
