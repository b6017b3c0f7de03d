import { z } from 'zod'
import { refuse } from '../../core/command/errors.ts'
import type { LookUpOrderOutcome } from '../../core/issue/look-up-order.ts'
import type { JsonObject } from '../../wire/json.ts'
import type { FaceTools } from '../face.ts'
import { optionalId, readFields } from '../fields.ts'
import { newNumberedOrderCommand, newOrderCommand } from '../order-command.ts'
import { yuanNumber, type Answer } from './answer.ts'
import type { Caller } from './authenticate.ts'
import { askerFields, requireSameBusiness } from './order-fields.ts'
import { orderStatusOf } from './order-status.ts'
import { couponInfoOf, sealerOf } from './sealed-codes.ts'
import { successWords } from './words.ts'

const schema = z.object({ ...askerFields, orderCode: optionalId(64), bizCode: optionalId(64) })
type Asked = z.output<typeof schema>

/** 订单查询: what became of an order, by our number, the merchant's, or both, which must then agree. */
export async function queryOrder(tools: FaceTools, caller: Caller, fields: JsonObject): Promise<Answer> {
  const asked = readFields(schema, fields)
  requireSameBusiness(caller, asked)
  const found = await tools.core.lookUpOrder({ ...commandOf(tools, caller, asked), nonce: caller.nonce })
  const { order } = found
  const template = tools.core.setup.current().templates.get(order.templateId)
  const data = {
    orderCode: order.no,
    bizCode: order.externalNo,
    productCode: order.templateId,
    productName: template?.name ?? order.templateId,
    ...orderStatusOf(found),
    settlementPrice: yuanNumber(order.settlementPriceFen ?? 0),
    ...(await codesOf(tools, caller, found)),
  }
  return { words: successWords, data }
}

function commandOf(
  { core: { hub } }: FaceTools,
  { app }: Caller,
  { merchantId: channelId, orderCode, bizCode }: Asked,
) {
  if (bizCode !== undefined) {
    return { ...newOrderCommand(hub, app, { channelId, externalNo: bizCode }), orderNo: orderCode }
  }
  if (orderCode !== undefined) return newNumberedOrderCommand(hub, app, channelId, orderCode)
  return refuse('bad_request', 'orderCode: is missing, and so is bizCode: give one of them', { field: 'orderCode' })
}

// Codes that were sold encrypted are told encrypted; those that were voided no more.
async function codesOf({ core }: FaceTools, { app }: Caller, { order, coupons, now }: LookUpOrderOutcome) {
  const living = coupons.filter(({ state }) => state !== 'voided')
  const codes = await core.revealCodes(living)
  if (order.terms.isCodeSealed !== true) return { couponId: codes[0] ?? null }
  const seal = sealerOf(app, now)
  return {
    couponId: null,
    couponInfo: seal === undefined ? [] : living.map((row, i) => couponInfoOf(seal, codes[i]!, row)),
  }
}
