import { z } from 'zod'
import type { CheckCouponOutcome } from '../../core/redeem/check-coupon.ts'
import type { Amounts } from '../../core/redeem/amounts.ts'
import type { CodeDetails } from '../../core/foreign/tills.ts'
import type { JsonObject } from '../../wire/json.ts'
import { formatShanghaiCompact } from '../../time/shanghai.ts'
import type { FaceTools } from '../face.ts'
import { readFields } from '../fields.ts'
import { succeeded, type Fields } from './answer.ts'
import type { Caller } from './authenticate.ts'
import {
  checkAmounts,
  codeFields,
  newCommand,
  paymentFields,
  requireCode,
  routingOf,
  tillFields,
  tillOf,
} from './till.ts'

const schema = z.object({ ...tillFields, ...codeFields, ...paymentFields })

/** 核销准备: whether a coupon could be used now, and what it is. Changes nothing; refuses as wf would. */
export async function prepareUse({ core }: FaceTools, caller: Caller, fields: JsonObject): Promise<Fields> {
  const asked = readFields(schema, fields)
  const code = requireCode(core.setup.current(), caller, asked)
  checkAmounts(asked)
  const outcome = await core.checkCoupon({
    ...newCommand(core.hub),
    ...tillOf(caller, asked),
    code,
    ...routingOf(asked),
    amountFen: asked.amount,
  })
  if ('details' in outcome) return succeeded(detailFields(code, outcome.details))
  if (outcome.refusal !== undefined) throw outcome.refusal
  return succeeded(couponFields(code, outcome, outcome.amounts))
}

const couponFields = (code: string, { coupon, template }: CheckCouponOutcome, amounts: Amounts): Fields => ({
  codes: code,
  amount: String(amounts.faceValueFen),
  settle_amount: String(amounts.settleAmountFen),
  coupon_name: template.name,
  valid_start: formatShanghaiCompact(coupon.validFrom),
  valid_end: formatShanghaiCompact(coupon.validUntil),
  remain_times: String(coupon.usesLeft),
})

// A supplier says what it says; the rest is null.
const detailFields = (code: string, details: CodeDetails): Fields => ({
  codes: code,
  amount: textOrNull(details.faceValueFen),
  settle_amount: textOrNull(details.settleAmountFen),
  coupon_name: details.name ?? null,
  valid_start: timeOrNull(details.validFrom),
  valid_end: timeOrNull(details.validUntil),
  remain_times: textOrNull(details.usesLeft),
})

const textOrNull = (value: number | undefined): string | null => (value === undefined ? null : String(value))
const timeOrNull = (at: Date | undefined): string | null => (at === undefined ? null : formatShanghaiCompact(at))

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
