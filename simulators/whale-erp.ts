import type { JsonObject } from './json.ts'
import { toShanghaiDigits } from './shanghai-time.ts'
import { createWhaleClient } from './whale-client.ts'
import type { WhaleAct, WhaleAnswer, WhaleClientOptions } from './whale-client.ts'

type Insert = (fields: JsonObject) => Promise<WhaleAnswer>

/** Asks about one order of a channel, by the channel's number; `more` where that is not enough (`saleChannelId`). */
type AskOfOrder = (saleChannelOrderId: string, more?: JsonObject) => Promise<WhaleAnswer>

/** The back office's actions, by their names and with the fields of the wire (Whale, 后台管理类接口). */
export type WhaleErp = {
  /** Any action, exactly the fields given. */
  act: WhaleAct
  activityInsert: Insert
  saleChanneInsert: Insert
  sendChanneInsert: Insert
  templateInsert: Insert
  createRule: Insert
  makeNotifyQuery: AskOfOrder
  makeNotifyRetry: AskOfOrder
  verifyNotifyQuery: AskOfOrder
}

/**
 * An ERP that sets a hub up over Whale's wire. Where a table requires `createTime` and `updateTime` and they are not
 * given, they are its clock's, so that the same fields a second later are an update. Throws as `createWhaleClient` does.
 */
export function createWhaleErp(options: WhaleClientOptions): WhaleErp {
  const act = createWhaleClient(options)
  const now = options.now ?? (() => new Date())
  const insert =
    (action: string): Insert =>
    (fields) =>
      act(action, fields)
  const insertWithTimes =
    (action: string): Insert =>
    (fields) => {
      const time = toShanghaiDigits(now())
      return act(action, { createTime: time, updateTime: time, ...fields })
    }
  const askOfOrder =
    (action: string): AskOfOrder =>
    (saleChannelOrderId, more = {}) =>
      act(action, { saleChannelOrderId, ...more })
  return {
    act,
    activityInsert: insertWithTimes('activityInsert'),
    saleChanneInsert: insertWithTimes('saleChanneInsert'),
    sendChanneInsert: insert('sendChanneInsert'),
    templateInsert: insertWithTimes('templateInsert'),
    createRule: insert('createRule'),
    makeNotifyQuery: askOfOrder('makeNotifyQuery'),
    makeNotifyRetry: askOfOrder('makeNotifyRetry'),
    verifyNotifyQuery: askOfOrder('verifyNotifyQuery'),
  }
}
