import { findOrderNotices } from '../../../core/back-office/order-notices.ts'
import type { Action } from './action.ts'
import { readNoticeQuestion, verifyNoticeAnswer } from '../notice-answer.ts'

/** 核销通知查询: what a channel was told of the redemptions of an order. */
export const verifyNotifyQuery: Action = {
  name: 'verifyNotifyQuery',
  side: 'backOffice',
  act: async ({ core }, caller, fields) => {
    const question = readNoticeQuestion(fields)
    const notices = await findOrderNotices(core, question)
    await core.rememberNonce(caller)
    return verifyNoticeAnswer(notices, caller.at)
  },
}
