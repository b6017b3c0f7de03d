import { hash } from 'node:crypto'
import { z } from 'zod'
import { requestScope } from '../../core/redeem/redeem.ts'
import type { JsonObject } from '../../wire/json.ts'
import type { FaceTools } from '../face.ts'
import { readFields } from '../fields.ts'
import { succeeded, type Fields } from './answer.ts'
import type { Caller } from './authenticate.ts'
import { redemptionFields } from './record.ts'
import {
  checkAmounts,
  codeFields,
  newCommand,
  paymentFields,
  requireCode,
  routingOf,
  tillFields,
  tillOf,
  traceNoField,
} from './till.ts'

// Shoubei, 请求参数. `writeOff_tyep` of the example is in no table and is passed over.
const schema = z.object({ ...tillFields, ...traceNoField, ...codeFields, ...paymentFields })
type Asked = z.output<typeof schema>

/** 核销: uses a coupon at a till. */
export async function redeemCoupon({ core }: FaceTools, caller: Caller, fields: JsonObject): Promise<Fields> {
  const asked = readFields(schema, fields)
  const code = requireCode(core.setup.current(), caller, asked)
  checkAmounts(asked)
  const outcome = await core.redeem({
    ...newCommand(core.hub),
    ...tillOf(caller, asked),
    code,
    ...numberOf(caller, asked),
    ...routingOf(asked),
    amountFen: asked.amount,
    realAmountFen: asked.real_amount,
    fingerprint: fingerprintOf(code, asked),
  })
  return succeeded(redemptionFields(outcome))
}

/** Without a number of the till's, the sign marks this very message: a repeat hears that the coupon is used. */
function numberOf({ acceptorId, sign }: Caller, { wf_trace_no: traceNo }: Asked) {
  return traceNo === undefined
    ? { scopeHash: requestScope(acceptorId, 'message', sign), isRepeatable: false }
    : { scopeHash: requestScope(acceptorId, 'number', traceNo), isRepeatable: true, traceNo }
}

/** The business fields that make two requests under one number the same (docs/faces/shoubei.md). */
function fingerprintOf(code: string, asked: Asked): Buffer {
  const { merchant_no, shop_no, channel_type, amount, real_amount, exc_discount_flag } = asked
  // "不填默认 0": no flag says the same as 0.
  const content = [code, merchant_no, shop_no, channel_type, amount, real_amount, exc_discount_flag ?? '0']
  return hash('sha256', JSON.stringify(content), 'buffer').subarray(0, 16)
}
