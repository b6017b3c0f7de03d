import { isJsonObject } from './json.ts'
import type { Answer } from './receiving-server.ts'
import { toShanghaiRfc3339 } from './shanghai-time.ts'
import { errors, yes } from './wechat-pay-answer.ts'
import { queryOf } from './wechat-pay-desk.ts'
import type { WechatPayDesk } from './wechat-pay-desk.ts'
import { wechatPayRoutes as routes } from './wechat-pay-routes.ts'
import type { WechatPayMatch } from './wechat-pay-routes.ts'
import type { ServedRequest } from './serve.ts'

export type WechatPayAsked = {
  desk: WechatPayDesk
  request: ServedRequest
  match: WechatPayMatch
  body: unknown
  url: string
}

function setCallback({ desk, body }: WechatPayAsked): Answer {
  const { mchid, notify_url } = isJsonObject(body) ? body : {}
  if (mchid !== desk.merchant.mchid) return errors.paramError('mchid')
  if (typeof notify_url !== 'string' || !/^https?:\/\/[^?]+$/.test(notify_url)) return errors.paramError('notify_url')
  desk.callback.notifyUrl = notify_url
  return yes({ update_time: toShanghaiRfc3339(desk.now()), notify_url })
}

function makeStatement({ desk, request, match, url }: WechatPayAsked): Answer {
  const { stock_id = '', act = '' } = match.values
  const [, kind, byDay] = /^(use|refund)-flow(-by-day)?$/.exec(act) ?? []
  if (desk.stocks.find(stock_id) === undefined || kind === undefined) return errors.notFound('批次不存在')
  const day = queryOf(request).get('bill_date')
  if (byDay !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(day ?? '')) return errors.paramError('bill_date')
  const coupons = desk.coupons.given().filter(({ stock }) => stock.stock_id === stock_id)
  const wanted = kind === 'use' ? 'use' : 'refund'
  const made = desk.statements.make(wanted, coupons, byDay === undefined ? null : day)
  if (made === undefined) return errors.notFound('账单文件不存在')
  const { token, hash } = made
  return yes({ url: `${url}${routes.download}?token=${token}`, hash_value: hash, hash_type: 'SHA1' })
}

function aboutUsers({ desk, request, match, body }: WechatPayAsked): Answer {
  const { openid = '', coupon_id = '' } = match.values
  const appid = queryOf(request).get('appid')
  if (match.path === routes.userCoupon) return desk.coupons.show(openid, coupon_id, appid)
  return request.method === 'POST' ? desk.coupons.give(openid, body) : desk.coupons.ofUser(openid, appid)
}

function listStocks({ desk, request }: WechatPayAsked): Answer {
  const [offset, limit] = [Number(queryOf(request).get('offset') ?? '0'), Number(queryOf(request).get('limit') ?? '10')]
  const isFine = Number.isInteger(offset) && offset >= 0 && Number.isInteger(limit) && limit >= 1 && limit <= 10
  return isFine ? desk.stocks.list(offset, limit) : errors.paramError('offset, limit')
}

function aboutStock({ desk, request, match }: WechatPayAsked): Answer {
  const creator = queryOf(request).get('stock_creator_mchid')
  if (creator !== desk.merchant.mchid) return errors.paramError('stock_creator_mchid')
  return desk.stocks.show(match.values['stock_id'] ?? '')
}

function changeStock(asked: WechatPayAsked): Answer {
  const { desk, request, match, body } = asked
  if (request.method === 'GET') return makeStatement(asked)
  if (!isJsonObject(body) || body['stock_creator_mchid'] !== desk.merchant.mchid) {
    return errors.paramError('stock_creator_mchid')
  }
  return desk.stocks.change(match.values['stock_id'] ?? '', match.values['act'] ?? '')
}

/** Does what a signed request asks for, and what WeChat Pay says to it. */
export function act(asked: WechatPayAsked): Answer {
  const { desk, request, match, body } = asked
  switch (match.path) {
    case routes.createStock:
      return desk.stocks.create(body)
    case routes.stocks:
      return listStocks(asked)
    case routes.stock:
      return aboutStock(asked)
    case routes.changeStock:
      return changeStock(asked)
    case routes.userCoupons:
    case routes.userCoupon:
      return aboutUsers(asked)
    case routes.callbacks:
      return request.method === 'POST'
        ? setCallback(asked)
        : yes({ mchid: desk.merchant.mchid, notify_url: desk.callback.notifyUrl ?? '' })
    case routes.download:
    case routes.authorize:
    case routes.accessToken:
      // Answered before anything is signed.
      return errors.notFound(request.path)
  }
}
