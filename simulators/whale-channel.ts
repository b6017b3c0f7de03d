import type { JsonObject } from './json.ts'
import { createWhaleClient } from './whale-client.ts'
import type { WhaleAct, WhaleAnswer, WhaleClientOptions } from './whale-client.ts'
import { makeRequestId, orderFields, redemptionFields } from './whale-fields.ts'
import type { StoreInfo, WhaleOrder, WhaleRedemption } from './whale-fields.ts'

export type WhaleChannelOptions = WhaleClientOptions & {
  saleChannelId: string
  /** The shop of redemptions that name none. */
  storeInfo?: StoreInfo
}

/** Names an earlier redemption by its `requestId`; `originalDate` (yyyyMMdd) is its day, today where absent. */
export type OriginalRequest = { originalRequestId: string; originalDate?: string; requestId?: string }

/** What is to become of codes: at most 20 in `codeArray`, or all of an order. */
export type CodeChange = {
  optTag: string
  codeArray?: readonly string[]
  saleChannelOrderId?: string
  callBackUrl?: string
  /** yyyyMMddHHmmss, where the end of the validity is to change. */
  codeValidEnd?: string
  requestId?: string
}

/** A channel's transactions, by their names and with the fields of the wire; required numbers that are absent are made up. */
export type WhaleChannel = {
  /** Any action, exactly the fields given: not even `saleChannelId` is filled in. */
  act: WhaleAct
  makeCode: (order: WhaleOrder) => Promise<WhaleAnswer>
  makeQuery: (question: { originalChannelOrderId: string; requestId?: string }) => Promise<WhaleAnswer>
  codeVerify: (redemption: WhaleRedemption) => Promise<WhaleAnswer>
  codeVerifyQuery: (question: OriginalRequest) => Promise<WhaleAnswer>
  codeVerifyVoid: (reference: OriginalRequest & { code?: string; storeInfo?: StoreInfo }) => Promise<WhaleAnswer>
  batchCodeUpdate: (change: CodeChange) => Promise<WhaleAnswer>
  channelTicketQuery: (window?: { activityValidStart?: string; activityValidEnd?: string }) => Promise<WhaleAnswer>
}

/**
 * A channel that takes and redeems codes over Whale's wire 4.0, for itself: it says its `saleChannelId` in each call.
 * Throws as `createWhaleClient` does.
 */
export function createWhaleChannel(options: WhaleChannelOptions): WhaleChannel {
  const act = createWhaleClient(options)
  const { saleChannelId, storeInfo, now = () => new Date() } = options
  const call = (action: string, fields: JsonObject): Promise<WhaleAnswer> => act(action, { saleChannelId, ...fields })
  const ask = (action: string, fields: JsonObject): Promise<WhaleAnswer> =>
    call(action, { requestId: makeRequestId(), ...fields })
  return {
    act,
    makeCode: (order) => call('MakeCode', orderFields(order, now())),
    makeQuery: (question) => ask('MakeQuery', question),
    codeVerify: (redemption) => call('CodeVerify', { storeInfo, ...redemptionFields(redemption, now()) }),
    codeVerifyQuery: (question) => ask('CodeVerifyQuery', question),
    codeVerifyVoid: (reference) => ask('CodeVerifyVoid', { storeInfo, ...reference }),
    batchCodeUpdate: (change) => ask('BatchCodeUpdate', change),
    channelTicketQuery: (window = {}) => call('ChannelTicketQuery', window),
  }
}
