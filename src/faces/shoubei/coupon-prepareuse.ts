import { z } from 'zod'
import type { CheckCouponOutcome } from '../../core/check-coupon.ts'
import type { JsonObject } from '../../wire/json.ts'
import { formatShanghaiCompact } from '../../wire/time.ts'
import type { FaceTools } from '../face.ts'
import { readFields } from '../fields.ts'
import { succeeded, type Fields } from './answer.ts'
import type { Caller } from './authenticate.ts'
import { checkAmounts, codeFields, newCommand, paymentFields, requireCode, tillFields, tillOf } from './till.ts'

const schema = z.object({ ...tillFields, ...codeFields, ...paymentFields })

/** 核销准备: whether a coupon could be used now, and what it is. Changes nothing; refuses as wf would. */
export async function prepareUse({ core }: FaceTools, caller: Caller, fields: JsonObject): Promise<Fields> {
  const asked = readFields(schema, fields)
  const code = requireCode(asked)
  checkAmounts(asked)
  const outcome = await core.checkCoupon({
    ...newCommand(core.hub),
    ...tillOf(caller, asked),
    code,
    route: asked.channel_type,
    amountFen: asked.amount,
  })
  if (outcome.refusal !== undefined) throw outcome.refusal
  return succeeded(couponFields(code, outcome))
}

const couponFields = (code: string, { coupon, template }: CheckCouponOutcome): Fields => ({
  codes: code,
  amount: String(coupon.faceValueFen),
  settle_amount: String(coupon.faceValueFen - template.merchantBenefitFen),
  coupon_name: template.name,
  valid_start: formatShanghaiCompact(coupon.validFrom),
  valid_end: formatShanghaiCompact(coupon.validUntil),
  remain_times: String(coupon.usesLeft),
})

/** The table without a coupon, for refusals. */
export const noCoupon: Fields = {
  codes: null,
  amount: null,
  settle_amount: null,
  coupon_name: null,
  valid_start: null,
  valid_end: null,
  remain_times: null,
}
