import { z } from 'zod'
import { stateAt } from '../../core/coupon/coupon.ts'
import type { LookUpOrderOutcome } from '../../core/issue/look-up-order.ts'
import type { JsonObject } from '../../wire/json.ts'
import { formatShanghaiDateTime } from '../../time/shanghai.ts'
import type { FaceTools } from '../face.ts'
import { optionalId, readFields, requiredId } from '../fields.ts'
import { newOrderCommand } from '../order-command.ts'
import type { Answer } from './answer.ts'
import type { Caller } from './authenticate.ts'
import { writeOffAmounts } from './callbacks.ts'
import { tradeStatusOf } from './coupons-issue.ts'
import { failMsgOf, successWords } from './words.ts'

// Lakala §5. A bank whose answer was lost has no trade_no: it may be absent; given, it must match.
const schema = z.object({
  owner_id: requiredId(8),
  mer_order_id: requiredId(64),
  activity_id: requiredId(32),
  trade_no: optionalId(64),
})

/** 数据查询: what became of an order and its coupon. */
export async function queryOrder(tools: FaceTools, { app, nonce }: Caller, fields: JsonObject): Promise<Answer> {
  const asked = readFields(schema, fields)
  const found = await tools.core.lookUpOrder({
    ...newOrderCommand(tools.core.hub, app, { channelId: asked.owner_id, externalNo: asked.mer_order_id }),
    activityId: asked.activity_id,
    orderNo: asked.trade_no,
    nonce,
  })
  const { order } = found
  const why = order.state === 'failed' ? { failMsg: failMsgOf(order) } : {}
  return { words: successWords, data: { ...why, trade_status: tradeStatusOf[order.state], ...writeOff(found) } }
}

function writeOff({ coupons, redemptions, now }: LookUpOrderOutcome): Record<string, string> {
  const redemption = redemptions[0]
  if (redemption !== undefined) {
    return {
      ...writeOffAmounts(redemption),
      gmt_used: formatShanghaiDateTime(redemption.usedAt ?? redemption.createdAt),
      tradeStatus: 'USED',
    }
  }
  const isOver = coupons.some((coupon) => ['expired', 'voided'].includes(stateAt(coupon, now)))
  return { ...noWriteOff, tradeStatus: isOver ? 'EXPIRED' : '' }
}

const noWriteOff = { promo_amount: '', total_amount: '', org_amount: '', gmt_used: '' }

export const refusedQuery: Record<string, string> = { trade_status: '', ...noWriteOff, tradeStatus: '' }
