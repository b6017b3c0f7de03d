import { hash } from 'node:crypto'
import { z } from 'zod'
import { refuse } from '../../core/command/errors.ts'
import { askedSupplierOf } from '../../core/supplier/supplier-of.ts'
import { pairKey, type Setup } from '../../core/set-up/snapshot.ts'
import type { JsonObject } from '../../wire/json.ts'
import type { FaceTools } from '../face.ts'
import { optionalId, readFields, requiredCount } from '../fields.ts'
import { newOrderCommand } from '../order-command.ts'
import { yuanNumber, type Answer } from './answer.ts'
import type { Caller } from './authenticate.ts'
import { orderFields, requireSameBusiness, tellingUrls } from './order-fields.ts'
import { couponInfoOf, requireSealer } from './sealed-codes.ts'
import { successWords } from './words.ts'

const schema = z.object({ ...orderFields, num: requiredCount(1, 50), activityId: optionalId(64) })
type Asked = z.output<typeof schema>

/** 券码采购: sells own and pooled codes, which the answer has encrypted to the merchant's key. */
export async function orderCoupon(tools: FaceTools, caller: Caller, fields: JsonObject): Promise<Answer> {
  const asked = readFields(schema, fields)
  requireSameBusiness(caller, asked)
  const { hub, setup } = tools.core
  const seal = requireSealer(caller.app, hub.now())
  requireAtHand(setup.current(), asked.productCode)
  const { order, coupons, template } = await tools.core.issue({
    ...newOrderCommand(hub, caller.app, { channelId: asked.merchantId, externalNo: asked.bizCode }),
    ...tellingUrls(tools, asked),
    activityId: asked.activityId ?? onlyActivityOf(setup.current(), asked),
    templateId: asked.productCode,
    quantity: asked.num,
    terms: { isCodeSealed: true },
    fingerprint: fingerprintOf(asked),
    useTimesMax: 1,
    nonce: caller.nonce,
  })
  const data = {
    orderCode: order.no,
    bizCode: order.externalNo,
    productName: template.name,
    settlementPrice: yuanNumber(order.settlementPriceFen ?? 0),
    type: template.settings.ticketType ?? 1,
    couponInfo: coupons.map(({ code, coupon }) => couponInfoOf(seal, code, coupon)),
  }
  return { words: successWords, data }
}

// Codes that a supplier has to make first cannot be in the answer.
function requireAtHand(setup: Setup, templateId: string): void {
  if (askedSupplierOf(setup, setup.templates.get(templateId)) === undefined) return
  refuse('template_unsuitable', `the codes of template ${templateId} are made by its supplier`, {
    field: 'productCode',
  })
}

/**
 * The activity of an order that names none: the only one in which the channel may order the template. None where there are
 * several: what is no repeat of an earlier order then hears that there is no such activity.
 */
function onlyActivityOf(setup: Setup, { merchantId, productCode }: Asked): string {
  const open = [...setup.activities.values()].filter(
    ({ id, isEnabled, settings }) =>
      isEnabled &&
      (settings.channelId ?? merchantId) === merchantId &&
      setup.activityTemplates.has(pairKey(id, productCode)),
  )
  return open.length === 1 ? open[0]!.id : ''
}

/** The business fields that make two requests under one number the same. */
function fingerprintOf({ merchantId, productCode, activityId, num, callbackUrl }: Asked): Buffer {
  const content = ['coupon', merchantId, productCode, activityId, num, callbackUrl]
  return hash('sha256', JSON.stringify(content), 'buffer').subarray(0, 16)
}
