import type { Fields } from '../partners.ts'
import { storeInfo } from '../whale-channel.ts'
import type { Case, Scene } from './case.ts'
import { right, sendBusiness } from './whale-requests.ts'

const asked = (title: string, action: string, hears: string, fields: (scene: Scene) => Fields): Case => ({
  title: `${action}: ${title}`,
  ask: (scene) => sendBusiness(scene, action, { ...right[action]!(scene), ...fields(scene) }),
  hears,
})

const places: [string, Fields, string][] = [
  ['a shop of another merchant', { shopNo: 'S002' }, '12 商户或门店不存在(storeInfo.shopNo)'],
  ['a shop that is not there', { shopNo: 'S999' }, '12 商户或门店不存在(storeInfo.shopNo)'],
  ['a merchant that is not there', { mid: 'M999' }, '12 商户或门店不存在(storeInfo.mid)'],
  ['a merchant that is switched off', { mid: 'M003', shopNo: 'S003' }, '13 商户或门店已停用(storeInfo.mid)'],
  ['a shop that is switched off', { shopNo: 'S004' }, '13 商户或门店已停用(storeInfo.shopNo)'],
]

const ofAChannel = ['MakeCode', 'MakeQuery', 'CodeVerify', 'CodeVerifyQuery', 'CodeVerifyVoid', 'BatchCodeUpdate']

/** What belongs to another channel or merchant, over Whale's wire. */
export const whaleStrangerCases = (): Case[] => [
  ...[...ofAChannel, 'ChannelTicketQuery'].map((action) =>
    asked('a channel of another app', action, '10 销售渠道不存在', () => ({ saleChannelId: 'OWNER2' })),
  ),
  ...places.map(([title, place, hears]) =>
    asked(title, 'CodeVerify', hears, () => ({ storeInfo: { ...storeInfo, ...place } })),
  ),
  asked('another channel’s code', 'CodeVerify', '41 券码不存在', ({ whale }) => ({ code: whale.theirCode })),
  asked('a code that nobody made', 'CodeVerify', '41 券码不存在', () => ({ code: '0000000000000000' })),
  asked('a number that is used', 'CodeVerify', '14 请求号重复', () => ({ requestId: 'USED' })),
  asked('another channel’s order', 'MakeQuery', '26 订单不存在', () => ({ originalChannelOrderId: 'THEIRS' })),
  asked('another channel’s redemption', 'CodeVerifyQuery', '51 核销记录不存在', () => ({
    originalRequestId: 'THEIRS',
  })),
  asked('another day', 'CodeVerifyQuery', '51 核销记录不存在', () => ({ originalDate: '20260228' })),
  asked('another channel’s redemption', 'CodeVerifyVoid', '51 核销记录不存在', ({ whale }) => ({
    originalRequestId: undefined,
    orderNo: whale.theirOrderNo,
  })),
  asked('a redemption of a till', 'CodeVerifyVoid', '51 核销记录不存在', ({ orderNo }) => ({
    originalRequestId: undefined,
    orderNo,
  })),
  asked('two that differ', 'CodeVerifyVoid', '51 核销记录不存在', ({ whale }) => ({
    originalRequestId: 'OTHER',
    orderNo: whale.orderNo,
  })),
  asked('of another code', 'CodeVerifyVoid', '51 核销记录不存在', ({ whale }) => ({ code: whale.code })),
  asked('a ticket that is none', 'MakeCode', '22 券模板不存在', () => ({ item: { ticketId: 1 } })),
  asked('another channel’s order', 'BatchCodeUpdate', '26 订单不存在', () => ({
    codeArray: [],
    saleChannelOrderId: 'THEIRS',
  })),
  ...['makeNotifyQuery', 'makeNotifyRetry', 'verifyNotifyQuery'].flatMap((action) => [
    asked('an order that is not there', action, '26 订单不存在', () => ({ saleChannelOrderId: 'NONE' })),
    asked('an order of another channel', action, '26 订单不存在', () => ({ saleChannelId: 'OWNER2' })),
  ]),
  asked('a channel that is not there', 'activityInsert', '70 引用的资料不存在', () => ({ saleChannelId: 'NOBODY' })),
  asked('a supplier that is not there', 'templateInsert', '70 引用的资料不存在', () => ({})),
]
