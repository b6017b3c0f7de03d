import { findOrderNotices, retryMessage } from '../../../core/back-office/order-notices.ts'
import { erpOperator } from '../../../core/back-office/erp/insert.ts'
import type { Action } from './action.ts'
import { makeNoticeAnswer, readNoticeQuestion } from '../notice-answer.ts'

/** 制码通知重试: sends the holder’s message again, a minute after the last at the earliest. */
export const makeNotifyRetry: Action = {
  name: 'makeNotifyRetry',
  side: 'backOffice',
  act: async ({ core }, caller, fields) => {
    const question = readNoticeQuestion(fields)
    await findOrderNotices(core, question)
    await core.rememberNonce(caller)
    await retryMessage(core, erpOperator(caller.app), question)
    return makeNoticeAnswer(await findOrderNotices(core, question), caller.at)
  },
}
