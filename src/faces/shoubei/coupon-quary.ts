import { z } from 'zod'
import { refuse } from '../../core/command/errors.ts'
import { requestScope } from '../../core/redeem/redeem.ts'
import type { JsonObject } from '../../wire/json.ts'
import type { FaceTools } from '../face.ts'
import { readFields } from '../fields.ts'
import { succeeded, type Fields } from './answer.ts'
import type { Caller } from './authenticate.ts'
import { forestalledFields, recordFields } from './record.ts'
import { askedCode, codeFields, orderNoField, tillFields, tillOf, traceNoField } from './till.ts'

// The page of this endpoint is known by its name alone: the fields are those of docs/faces/shoubei.md.
const schema = z.object({ ...tillFields, ...orderNoField, ...traceNoField, ...codeFields })

/** 核销记录查询: what became of a redemption, by our number, the till's, or the code (the latest of that merchant). */
export async function queryRedemption({ core }: FaceTools, caller: Caller, fields: JsonObject): Promise<Fields> {
  const asked = readFields(schema, fields)
  const { order_no: redemptionNo, wf_trace_no: traceNo } = asked
  const code = askedCode(core.setup.current(), caller, asked)
  if (redemptionNo === undefined && traceNo === undefined && code === undefined) {
    refuse('bad_request', 'order_no: is missing, and wf_trace_no and coupon_code too', { field: 'order_no' })
  }
  const found = await core.lookUpRedemption({
    by: { till: tillOf(caller, asked) },
    redemptionNo,
    scopeHash: traceNo === undefined ? undefined : requestScope(caller.acceptorId, 'number', traceNo),
    code,
  })
  return succeeded(found.kind === 'forestalled' ? forestalledFields(traceNo, found.cancelledAt) : recordFields(found))
}
