import { acceptCodes, refused, unknown } from '../answers.ts'
import type { MakeAnswer, MakeAsk, Refused, SupplierSend } from '../supplier.ts'
import { askWechatPay } from './ask.ts'
import { couponsPath, isOpenid } from './paths.ts'
import { creatorOf } from './settings.ts'
import type { WechatPaySettings } from './settings.ts'
import { readError } from './verdict.ts'

/** WeChat Pay, 发放指定批次的代金券. What it gives is the number of the coupon. */
export async function make(
  settings: WechatPaySettings,
  ask: MakeAsk,
  send: SupplierSend,
  now: Date,
): Promise<MakeAnswer> {
  const wish = readWish(settings, ask)
  if (wish.kind === 'refused') return wish
  const answer = await askWechatPay(settings, { path: couponsPath(wish.openid), message: wish.message }, send, now)
  if (answer.kind === 'unknown') return answer
  if (answer.status !== 200) return readError(answer, wish.openid)
  const { coupon_id: couponId } = answer.object
  return couponId === undefined ? unknown('The answer had no coupon_id.') : acceptCodes([couponId], 1)
}

type Wish = { kind: 'wish'; openid: string; message: object }

const no = (message: string): Refused => refused('bad_request', message)

// What WeChat Pay cannot give is not asked for.
function readWish(settings: WechatPaySettings, ask: MakeAsk): Wish | Refused {
  const { openid, thirdProductId: stockId, quantity, wechatAppId: appid = settings.appId } = ask
  if (quantity !== 1) return no('WeChat Pay gives one coupon for an order.')
  if (openid === undefined) return no('WeChat Pay gives coupons to openids: the order has none.')
  if (!isOpenid(openid)) return no('The openid of the order cannot be one.')
  if (stockId === undefined) return no('The template has no thirdProductId: it is the stock_id at WeChat Pay.')
  if (appid !== settings.appId && !settings.appIds.includes(appid)) {
    return no('The app that the order names is none of this supplier’s.')
  }
  const stock = { stock_id: stockId, stock_creator_mchid: creatorOf(settings) }
  return { kind: 'wish', openid, message: { ...stock, out_request_no: ask.no, appid } }
}
