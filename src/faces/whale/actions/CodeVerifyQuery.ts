import { z } from 'zod'
import { refuse } from '../../../core/command/errors.ts'
import { formatShanghaiCompact } from '../../../time/shanghai.ts'
import { readFields } from '../../fields.ts'
import type { Action } from './action.ts'
import { channelField, channelOf, requestScopeOf } from '../channel-caller.ts'
import { success } from '../inserted.ts'
import { verifyAnswer } from '../verify-answer.ts'
import { compactDay, id, optional, required } from '../whale-fields.ts'

const schema = z.object({
  ...channelField,
  requestId: optional(id(32)),
  originalRequestId: required(id(32)),
  /** yyyyMMdd; today where it is not said. */
  originalDate: optional(compactDay),
})

const statusOf = { pending: 'PENDING', succeeded: 'SUCCESS', failed: 'FAIL', reversed: 'CANCELLED' } as const

/** 核销查询: what became of a CodeVerify, with its answer. */
export const CodeVerifyQuery: Action = {
  name: 'CodeVerifyQuery',
  aliases: ['codeVerifyQuery'],
  side: 'channel',
  act: async ({ core }, caller, fields) => {
    const asked = readFields(schema, fields)
    const channel = channelOf(caller, asked)
    const scopeHash = requestScopeOf(channel, asked.originalRequestId)
    const found = await core.lookUpRedemption({ by: { channel }, scopeHash })
    if (found.kind === 'forestalled') {
      await core.rememberNonce(caller)
      return {
        ...success,
        returnDesc: success.returnMsg,
        status: 'CANCELLED',
        voidTime: formatShanghaiCompact(found.cancelledAt),
      }
    }
    const { redemption } = found
    const day = asked.originalDate ?? formatShanghaiCompact(caller.at).slice(0, 8)
    if (formatShanghaiCompact(redemption.createdAt).slice(0, 8) !== day) {
      refuse('redemption_not_found', `there is no such redemption on ${day}`, { field: 'originalDate' })
    }
    await core.rememberNonce(caller)
    return {
      ...verifyAnswer(core.setup.current(), found),
      status: statusOf[redemption.state],
      ...(redemption.reversedAt === null ? {} : { voidTime: formatShanghaiCompact(redemption.reversedAt) }),
      ...(redemption.detail.failure === undefined ? {} : { failMsg: redemption.detail.failure }),
    }
  },
}
