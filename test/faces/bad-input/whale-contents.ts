import type { Case } from './case.ts'
import { fen, id, whole, type Kind } from './whale-kinds.ts'
import { wrongField } from './whale-requests.ts'

const good = { sku: 'S1', qty: 1, price: 100 }
const goods = { goodsDetail: [good] }
const funds = { channelBenefit: 0, merchantBenefit: 500, userRealAmount: 2_500 }

const cart = (path: string, kind: Kind): Case[] =>
  kind.bad.map((value) => wrongField('CodeVerify', `goodsDetail[0].${path}`, value, `: ${kind.problem}`, goods))

const share = (path: string): Case[] =>
  fen.bad.map((value) =>
    wrongField('MakeCode', `item.makeFundsChannel.${path}`, value, `: ${fen.problem}`, {
      item: { ticketId: 1, makeFundsChannel: funds },
    }),
  )

const lines = (count: number) => Array.from({ length: count }, (_, i) => ({ ...good, sku: `S${i}` }))

/** Carts, shares, lists of codes and dates that contradict each other. */
export const whaleContentCases = (): Case[] => [
  ...cart('qty', whole(1, 1_000_000)),
  ...cart('price', fen),
  ...cart('sku', id(64)),
  wrongField('CodeVerify', 'goodsDetail', lines(201), ': has more than 200 lines'),
  wrongField('CodeVerify', 'cashTotalAmount', '10000000000001', ': must be at most'),
  wrongField('CodeVerify', 'goodsDetail', [{ ...good, qty: 1_000_000, price: 10 ** 13 }], ': must be worth at most'),
  wrongField('CodeVerify', 'cardNo', '62258800abcd1234', ': must be 12 to 19 digits'),
  wrongField('CodeVerify', 'cardNo', '62258800', ': must be 12 to 19 digits'),
  wrongField('CodeVerify', 'goodsDetail', undefined, ': is missing where isProductCheck is Y', { isProductCheck: 'Y' }),
  ...Object.keys(funds).flatMap(share),
  ...[
    [3_000, 1, 0],
    [0, 0, 0],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 1],
  ].map(([channelBenefit, merchantBenefit, userRealAmount]) =>
    wrongField(
      'MakeCode',
      'item.makeFundsChannel',
      { channelBenefit, merchantBenefit, userRealAmount },
      ': the three shares must add up to the face value',
    ),
  ),
  wrongField('MakeCode', 'item.validDays', undefined, ': is missing beside commissionDate', {
    item: { ...funds, ticketId: 9_000_000_001, commissionDate: 1 },
  }),
  wrongField('BatchCodeUpdate', 'codeArray', [], ': is missing'),
  wrongField('BatchCodeUpdate', 'codeArray', undefined, ': is missing'),
  wrongField('BatchCodeUpdate', 'codeArray', ['A1', 'A1'], ': has a code twice'),
  wrongField('BatchCodeUpdate', 'codeArray', ['A1', 'a-1'], ': has a code twice'),
  wrongField('BatchCodeUpdate', 'codeArray', ['NOBODYS'], ': has a code that is not of saleChannelOrderId', {
    saleChannelOrderId: 'MINE',
  }),
  ...['activityInsert', 'saleChanneInsert', 'createRule'].map((action) =>
    wrongField(action, 'updateTime', '20990101000000', ': must not lie in the future'),
  ),
  wrongField(
    'BatchCodeUpdate',
    'codeArray',
    lines(21).map(({ sku }) => sku),
    ': has more than 20 codes',
  ),
  ...[true, ' ', { a: 1 }, ['a']].map((value) =>
    wrongField('BatchCodeUpdate', 'codeArray[0]', value, ': must be a code', { codeArray: ['A'] }),
  ),
  ...[undefined, 'B6', 'b1', 'expire', '__proto__'].map((value) =>
    wrongField('BatchCodeUpdate', 'optTag', value, value === undefined ? ': is missing' : ': must be one of'),
  ),
  ...[undefined, '20260230', '20260301246000', '2026'].map((value) =>
    wrongField(
      'BatchCodeUpdate',
      'codeValidEnd',
      value,
      value === undefined ? ': is missing' : ': must be a time that exists',
      { optTag: 'B4' },
    ),
  ),
  wrongField('BatchCodeUpdate', 'codeValidEnd', '20260228', ': must lie in the future', { optTag: 'B4' }),
  wrongField('ChannelTicketQuery', 'activityValidEnd', '20260301000000', ': must lie after activityValidStart', {
    activityValidStart: '20260301000000',
  }),
  wrongField('CodeVerifyVoid', 'originalRequestId', undefined, ': is missing, and so is orderNo'),
  wrongField('MakeQuery', 'originalChannelOrderId', undefined, ': is missing'),
  wrongField('activityInsert', 'validEnd', '20260301000000', ': must lie after validStart'),
  wrongField('templateInsert', 'faceValue', '000000000000', ': must be more than 0'),
  wrongField('templateInsert', 'templateConfig.merchantBenefit', 3_001, ': the merchant bears at most'),
  wrongField('templateInsert', 'templateConfig.validEnd', '20260301000000', ': must lie after validStart', {
    templateConfig: { validStart: '20260301000000' },
  }),
]
