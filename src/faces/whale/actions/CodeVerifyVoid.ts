import { z } from 'zod'
import { refuse } from '../../../core/command/errors.ts'
import { formatShanghaiCompact } from '../../../time/shanghai.ts'
import { readFields } from '../../fields.ts'
import type { Action } from './action.ts'
import { channelField, channelOf, requestScopeOf } from '../channel-caller.ts'
import { success } from '../inserted.ts'
import { id, optional, typedCode } from '../whale-fields.ts'

const schema = z.object({
  ...channelField,
  requestId: optional(id(32)),
  originalRequestId: optional(id(32)),
  orderNo: optional(id(32)),
  code: optional(typedCode(64)),
})

/**
 * 撤销核销: takes a CodeVerify back until the acceptor's cut-off; the same again hears the same. One that comes before its
 * CodeVerify is recorded, and the CodeVerify that comes late is refused.
 */
export const CodeVerifyVoid: Action = {
  name: 'CodeVerifyVoid',
  aliases: ['codeVerifyVoid', 'verifyCancel'],
  side: 'channel',
  act: async ({ core }, { no, deadline, nonce, ...caller }, fields) => {
    const asked = readFields(schema, fields)
    const channel = channelOf({ no, deadline, nonce, ...caller }, asked)
    const { originalRequestId, orderNo: redemptionNo, code } = asked
    if (originalRequestId === undefined && redemptionNo === undefined) {
      refuse('bad_request', 'originalRequestId: is missing, and so is orderNo', { field: 'originalRequestId' })
    }
    const scopeHash = originalRequestId === undefined ? undefined : requestScopeOf(channel, originalRequestId)
    const outcome = await core.reverse({ no, deadline, nonce, by: { channel }, scopeHash, redemptionNo, code })
    const isFound = outcome.kind === 'reversed'
    return {
      ...success,
      returnDesc: success.returnMsg,
      status: 'CANCELLED',
      originalRequestId,
      orderNo: isFound ? outcome.redemption.no : '',
      code: isFound ? outcome.code : '',
      voidTime: formatShanghaiCompact(isFound ? (outcome.redemption.reversedAt ?? caller.at) : outcome.cancelledAt),
    }
  },
}
