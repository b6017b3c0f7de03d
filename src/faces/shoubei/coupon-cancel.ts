import { z } from 'zod'
import { refuse } from '../../core/command/errors.ts'
import { requestScope } from '../../core/redeem/redeem.ts'
import type { JsonObject } from '../../wire/json.ts'
import type { FaceTools } from '../face.ts'
import { readFields } from '../fields.ts'
import { succeeded, type Fields } from './answer.ts'
import type { Caller } from './authenticate.ts'
import { forestalledFields, recordFields } from './record.ts'
import { askedCode, codeFields, newCommand, orderNoField, tillFields, tillOf, traceNoField } from './till.ts'

// The page of this endpoint is known by its name alone: the fields are those of docs/faces/shoubei.md.
const schema = z.object({ ...tillFields, ...orderNoField, ...traceNoField, ...codeFields })

/** 撤销核销: takes a redemption back. It may overtake the redemption, which is then refused. */
export async function cancelRedemption({ core }: FaceTools, caller: Caller, fields: JsonObject): Promise<Fields> {
  const asked = readFields(schema, fields)
  const { order_no: redemptionNo, wf_trace_no: traceNo } = asked
  if (redemptionNo === undefined && traceNo === undefined) {
    refuse('bad_request', 'order_no: is missing, and wf_trace_no too', { field: 'order_no' })
  }
  const outcome = await core.reverse({
    ...newCommand(core.hub),
    by: { till: tillOf(caller, asked) },
    redemptionNo,
    scopeHash: traceNo === undefined ? undefined : requestScope(caller.acceptorId, 'number', traceNo),
    code: askedCode(core.setup.current(), caller, asked),
  })
  const isForestalled = outcome.kind === 'forestalled'
  return succeeded(isForestalled ? forestalledFields(traceNo, outcome.cancelledAt) : recordFields(outcome))
}
