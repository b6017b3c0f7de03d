import type { ServerResponse } from 'node:http'
import { answerControl, controlHelp } from './control.ts'
import { isJsonObject, parseJson } from './json.ts'
import type { JsonObject } from './json.ts'
import { answerJson } from './serve.ts'
import type { ServedRequest } from './serve.ts'
import { showGiven, useCoupon } from './wechat-pay-desk.ts'
import type { WechatPayDesk } from './wechat-pay-desk.ts'

const help = `WeChat Pay's cash coupons (代金券) and WeChat's web authorization, for trying a hub out. Nothing here is money.

POST   /v3/marketing/favor/users/{openid}/coupons          gives a coupon, once for an out_request_no
GET    /v3/marketing/favor/users/{openid}/coupons[/{id}]   shows what a holder has
POST   /v3/marketing/favor/coupon-stocks                   makes a stock; stocks/{id}/start, pause, restart, stop
GET    /v3/marketing/favor/stocks[/{id}]                   shows stocks
GET    /v3/marketing/favor/stocks/{id}/use-flow            and refund-flow, use-flow-by-day, refund-flow-by-day
POST   /v3/marketing/favor/callbacks                       where uses are told
Requests to all of these are to be signed (WECHATPAY2-SHA256-RSA2048); answers are.

GET    /connect/oauth2/authorize, /sns/oauth2/access_token  an openid for a code

POST   /control/use      {"coupon_id":"...","mchid":"...","amount":10000}: a holder pays with it; the use is told
POST   /control/refund   {"coupon_id":"..."}: that payment is given back
POST   /control/holder   {"openid":"..."}: who authorizes from now on
GET    /control/given    the coupons that were really given
GET    /control/told     what became of telling each use
${controlHelp}
A path is one of the document's, with {openid} and so on as it is written there.
Modes: ok, slow, timeout (done, never answered), 429 and refuse (NOT_ENOUGH; nothing is done), 500, garbage, closed,
unsigned, wrong-signature, stale and unknown-key (all done). While an answer is slow, the same holder is refused another
coupon of the same stock (RULE_LIMIT). For /notification: ok, twice, held (after the next), wrong-signature, lost.
`

function answerAct(response: ServerResponse, done: JsonObject | string): void {
  return typeof done === 'string' ? answerJson(response, 400, { error: done }) : answerJson(response, 200, done)
}

function refund(desk: WechatPayDesk, couponId: unknown): JsonObject | string {
  const coupon = desk.coupons.refund(couponId)
  return typeof coupon === 'string' ? coupon : desk.coupons.view(coupon)
}

function setHolder(desk: WechatPayDesk, openid: unknown): JsonObject | string {
  if (typeof openid !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(openid)) return 'openid: 1 to 128 characters'
  desk.oauth.setOpenid(openid)
  return { openid }
}

/** Serves the endpoints through which WeChat Pay is looked into, used and told how to behave. */
export function answerWechatPayControl(desk: WechatPayDesk, request: ServedRequest, response: ServerResponse): void {
  const parsed = parseJson(request.text)
  const given = isJsonObject(parsed) ? parsed : {}
  switch (`${request.method} ${request.path}`) {
    case 'POST /control/use':
      return answerAct(response, useCoupon(desk, given))
    case 'POST /control/refund':
      return answerAct(response, refund(desk, given['coupon_id']))
    case 'POST /control/holder':
      return answerAct(response, setHolder(desk, given['openid']))
    case 'GET /control/given':
      return answerJson(response, 200, showGiven(desk))
    case 'GET /control/told':
      return answerJson(response, 200, desk.notifier.told())
    default:
      return answerControl({ help, inbox: desk.inbox, modes: desk.modes }, request, response)
  }
}
