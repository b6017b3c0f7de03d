import { findOrderNotices } from '../../../core/back-office/order-notices.ts'
import type { Action } from './action.ts'
import { makeNoticeAnswer, readNoticeQuestion, verifyNoticeAnswer } from '../notice-answer.ts'

/** 制码通知查询: whether the holder of an order was sent a message; of redemptions where `notifyKind` is verify. */
export const makeNotifyQuery: Action = {
  name: 'makeNotifyQuery',
  side: 'backOffice',
  act: async ({ core }, caller, fields) => {
    const question = readNoticeQuestion(fields)
    const notices = await findOrderNotices(core, question)
    await core.rememberNonce(caller)
    return question.isOfVerify ? verifyNoticeAnswer(notices, caller.at) : makeNoticeAnswer(notices, caller.at)
  },
}
