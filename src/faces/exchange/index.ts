import type { FastifyInstance } from 'fastify'
import type { HubError } from '../../core/command/errors.ts'
import type { JsonObject } from '../../wire/json.ts'
import { bodyBytes, openFace, readJson, tell, type FaceTools } from '../face.ts'
import { send, type Answer } from './answer.ts'
import { authenticate, face, findAsker, type Asker, type Caller } from './authenticate.ts'
import { orderCoupon } from './order-coupon.ts'
import { queryOrder } from './order-info.ts'
import { orderWechatCoupon } from './order-wechat-coupons.ts'
import { noSuchMethodWords, systemErrorWords, wordsOf, type Words } from './words.ts'

export const exchangePrefix = '/v1/openapi'
const paths = { wechatCoupons: '/order/wechat/coupons', info: '/order/info', coupon: '/order/coupon' }
export const exchangePaths = {
  wechatCoupons: `${exchangePrefix}${paths.wechatCoupons}`,
  info: `${exchangePrefix}${paths.info}`,
  coupon: `${exchangePrefix}${paths.coupon}`,
}

type Act = (tools: FaceTools, caller: Caller, fields: JsonObject) => Promise<Answer>

type Endpoint = { path: string; act: Act }

const endpoints: Endpoint[] = [
  { path: paths.wechatCoupons, act: orderWechatCoupon },
  { path: paths.info, act: queryOrder },
  { path: paths.coupon, act: orderCoupon },
]

/** The wire of the exchange system (兑换系统): orders and query. To be registered at its prefix, which makes a scope of its own. */
export function exchangeFace(tools: FaceTools) {
  return async (scope: FastifyInstance): Promise<void> =>
    openFace<Endpoint, Asker, Answer>(scope, tools, {
      name: face,
      endpoints,
      meet: (request) => findAsker(tools, request),
      act: async (asker, { act }, request) => {
        const bytes = bodyBytes(request)
        const caller = await authenticate(tools, request, bytes, asker)
        return act(tools, caller, readJson(bytes))
      },
      refuse: (refusal, _, { httpStatus }) => ({ words: wordsFor(refusal, httpStatus), data: null }),
      send: (reply, asker, answer) => send(tools, reply, asker, answer),
    })
}

function wordsFor(refusal: HubError | undefined, httpStatus: number): Words {
  // A path or a method that there is not; whatever else may be wrong with the request.
  if (httpStatus === 404 || httpStatus === 405) return noSuchMethodWords
  if (refusal === undefined) return systemErrorWords
  const words = wordsOf[refusal.code]
  return { ...words, msg: tell(words.msg, refusal) }
}
