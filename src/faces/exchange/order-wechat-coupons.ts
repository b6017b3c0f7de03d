import { hash } from 'node:crypto'
import { z } from 'zod'
import type { JsonObject } from '../../wire/json.ts'
import type { FaceTools } from '../face.ts'
import { optionalId, readFields, requiredId } from '../fields.ts'
import { newOrderCommand } from '../order-command.ts'
import { yuanNumber, type Answer } from './answer.ts'
import type { Caller } from './authenticate.ts'
import { orderFields, requireSameBusiness, tellingUrls } from './order-fields.ts'
import { successWords } from './words.ts'

// Exchange, 微信立减金, Body-parameters.
const schema = z.object({
  ...orderFields,
  appId: optionalId(64),
  openId: requiredId(128),
  activityId: requiredId(64),
})
type Asked = z.output<typeof schema>

/** 发放微信立减金: gives a coupon to a holder. That it is accepted is answered; what becomes of it is told and asked for. */
export async function orderWechatCoupon(tools: FaceTools, caller: Caller, fields: JsonObject): Promise<Answer> {
  const asked = readFields(schema, fields)
  requireSameBusiness(caller, asked)
  const { hub, setup } = tools.core
  const wechatAppId = asked.appId ?? setup.current().channels.get(asked.merchantId)?.settings.wechatAppId
  const { order } = await tools.core.issue({
    ...newOrderCommand(hub, caller.app, { channelId: asked.merchantId, externalNo: asked.bizCode }),
    ...tellingUrls(tools, asked),
    activityId: asked.activityId,
    templateId: asked.productCode,
    quantity: 1,
    openid: asked.openId,
    terms: wechatAppId === undefined ? {} : { wechatAppId },
    fingerprint: fingerprintOf(asked),
    useTimesMax: 1,
    nonce: caller.nonce,
  })
  const settlementPrice = yuanNumber(order.settlementPriceFen ?? 0)
  return { words: successWords, data: { orderCode: order.no, bizCode: order.externalNo, settlementPrice } }
}

/** The business fields that make two requests under one number the same. */
function fingerprintOf({ merchantId, appId, openId, productCode, activityId, callbackUrl }: Asked): Buffer {
  const content = ['wechat/coupons', merchantId, appId, openId, productCode, activityId, callbackUrl]
  return hash('sha256', JSON.stringify(content), 'buffer').subarray(0, 16)
}
