import type { Case } from './case.ts'
import {
  compactTime,
  day,
  fen,
  flag,
  id,
  key,
  list,
  longId,
  mobile,
  name,
  object,
  oneOf,
  twelveDigits,
  typedCode,
  url,
  whole,
  type Kind,
} from './whale-kinds.ts'
import { wrongField } from './whale-requests.ts'

/** The action, where the field stands, what it is, whether it must be there. */
type Row = [action: string, path: string, kind: Kind, isRequired?: boolean]

const ofTransactions: Row[] = [
  ...['MakeCode', 'MakeQuery', 'CodeVerify', 'CodeVerifyVoid', 'BatchCodeUpdate', 'ChannelTicketQuery'].map(
    (action): Row => [action, 'saleChannelId', id(64)],
  ),
  ['MakeCode', 'saleChannelOrderId', id(64), true],
  ['MakeCode', 'requestId', id(32)],
  ['MakeCode', 'remark', name(500)],
  ['MakeCode', 'notifyType', object],
  ['MakeCode', 'notifyType.mobilePhone', mobile],
  ['MakeCode', 'item', object, true],
  ['MakeCode', 'item.ticketId', longId, true],
  ['MakeCode', 'item.codeNum', whole(1, 100)],
  ['MakeCode', 'item.commissionDate', whole(-1, 3_650)],
  ['MakeCode', 'item.validDays', whole(1, 36_500)],
  ['MakeCode', 'item.saleChannelItemId', id(64)],
  ['MakeCode', 'item.makeFundsChannel', object],
  ['MakeQuery', 'originalChannelOrderId', id(64)],
  ['CodeVerify', 'code', typedCode(64), true],
  ['CodeVerify', 'requestId', id(32), true],
  ['CodeVerify', 'refNo', id(12)],
  ['CodeVerify', 'cashierTransNo', id(64)],
  ['CodeVerify', 'isProductCheck', flag],
  ['CodeVerify', 'storeInfo', object, true],
  ['CodeVerify', 'storeInfo.mid', id(64), true],
  ['CodeVerify', 'storeInfo.shopNo', id(64), true],
  ['CodeVerify', 'storeInfo.tid', id(64)],
  ['CodeVerify', 'storeInfo.cityId', id(64)],
  ['CodeVerify', 'storeInfo.storeName', name(200)],
  ['CodeVerify', 'cashTotalAmount', fen],
  ['CodeVerify', 'goodsDetail', list],
  ['CodeVerify', 'cardNo', id(19)],
  ['CodeVerify', 'remark', name(500)],
  ['CodeVerifyQuery', 'originalRequestId', id(32), true],
  ['CodeVerifyQuery', 'originalDate', day],
  ['CodeVerifyVoid', 'originalRequestId', id(32)],
  ['CodeVerifyVoid', 'orderNo', id(32)],
  ['CodeVerifyVoid', 'code', typedCode(64)],
  ['BatchCodeUpdate', 'codeArray', list],
  ['BatchCodeUpdate', 'supportPartial', flag],
  ['BatchCodeUpdate', 'callBackUrl', url],
  ['ChannelTicketQuery', 'activityValidStart', compactTime],
  ['ChannelTicketQuery', 'activityValidEnd', compactTime],
]

const ofBackOffice: Row[] = [
  ...['makeNotifyQuery', 'makeNotifyRetry', 'verifyNotifyQuery'].map((action): Row => [
    action,
    'saleChannelOrderId',
    id(64),
    true,
  ]),
  ['makeNotifyQuery', 'notifyKind', oneOf('make or verify')],
  ['activityInsert', 'activityName', name(100), true],
  ['activityInsert', 'ebuyActivityId', id(40), true],
  ['activityInsert', 'saleChannelId', id(64), true],
  ['activityInsert', 'validStart', compactTime, true],
  ['activityInsert', 'validEnd', compactTime, true],
  ['activityInsert', 'isActive', flag],
  ['activityInsert', 'createTime', compactTime],
  ['activityInsert', 'updateTime', compactTime],
  ['activityInsert', 'activityConfig', object],
  ['saleChanneInsert', 'saleChannelName', name(100), true],
  ['saleChanneInsert', 'saleChannelConfig', object],
  ['saleChanneInsert', 'saleChannelConfig.verifyNotifyURL', url],
  ['saleChanneInsert', 'saleChannelConfig.channelPublicKey', key],
  ['sendChanneInsert', 'sendChannelName', name(100), true],
  ['sendChanneInsert', 'sendChannelConfig', object, true],
  ['sendChanneInsert', 'sendChannelConfig.makeCodeURL', url],
  ['templateInsert', 'templateName', name(200), true],
  ['templateInsert', 'sendChannelId', longId, true],
  ['templateInsert', 'brandId', longId, true],
  ['templateInsert', 'productId', longId, true],
  ['templateInsert', 'ticketType', whole(1, 4), true],
  ['templateInsert', 'faceValue', twelveDigits, true],
  ['templateInsert', 'sendType', oneOf('1 or 2'), true],
  ['templateInsert', 'templateConfig', object],
  ['templateInsert', 'templateConfig.stock', whole(0, 1_000_000_000_000)],
  ['templateInsert', 'templateConfig.useTimes', whole(1, 1_000)],
  ['templateInsert', 'templateConfig.minOrder', fen],
]

const casesOf = (table: Row[]): Case[] =>
  table.flatMap(([action, path, { problem, bad }, isRequired = false]) => [
    ...(isRequired ? [undefined, null, ''].map((value) => wrongField(action, path, value, ': is missing')) : []),
    ...bad.map((value) => wrongField(action, path, value, `: ${problem}`)),
  ])

/** Fields that are missing, too long, of a wrong type, of wrong characters, or of a form that is none. */
export const whaleFieldCases = { transactions: casesOf(ofTransactions), backOffice: casesOf(ofBackOffice) }
