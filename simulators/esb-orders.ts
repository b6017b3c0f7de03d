import { randomInt } from 'node:crypto'
import { encryptCode } from './esb-encryption.ts'
import type { EsbEncryptType } from './esb-encryption.ts'
import { isJsonObject } from './json.ts'
import type { JsonObject } from './json.ts'
import { toShanghaiDigits } from './shanghai-time.ts'

/** What a make-code request says, as far as it was looked at. */
export type EsbOrder = { no: string; item: JsonObject; createTime: string; key: string; codes: string[] }

export type EsbOrders = {
  /** Makes the codes, or finds those that the same `sendChannelOrderId` was given. A text is why not. */
  make: (request: unknown) => EsbOrder | string
  /** A code that another order was given. */
  earlierCode: (order: EsbOrder) => string | undefined
  codesOf: (no: string) => string[]
  isKnown: (code: unknown) => boolean
}

const required = [
  'saleChannelId',
  'sendChannelId',
  'sendChannelOrderId',
  'whaleTradeNo',
  'channelMid',
  'channelTid',
  'orderEncryptKey',
  'createDate',
  'createTime',
]

// The document's example has a code of twenty digits.
const makeCode = (): string =>
  `1011${String(randomInt(1e8)).padStart(8, '0')}${String(randomInt(1e8)).padStart(8, '0')}`

const isTime = (value: unknown): boolean => typeof value === 'string' && /^\d{14}$/.test(value)
const isAmount = (value: unknown): boolean => typeof value === 'string' && /^\d{12}$/.test(value)
const isCount = (value: unknown, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most

function problemOfItem(item: JsonObject): string | undefined {
  if (typeof item.saleChannelItemId !== 'string') return 'saleChannelItemId is missing'
  if (!isCount(item.codeNum, 100)) return 'codeNum is to be from 1 to 100'
  if (!isCount(item.useTimes, 1_000_000)) return 'useTimes is to be from 1'
  if (!isTime(item.validStart) || !isTime(item.validEnd)) return 'validStart and validEnd are to be 14 digits'
  if (!isAmount(item.faceValue) || !isAmount(item.netValue)) return 'faceValue and netValue are to be 12 digits'
  return undefined
}

function readOrder(request: unknown): Omit<EsbOrder, 'codes'> | string {
  if (!isJsonObject(request)) return 'the request is no JSON object'
  const missing = required.find((name) => typeof request[name] !== 'string')
  if (missing !== undefined) return `${missing} is missing`
  const items: unknown = request.items
  const item: unknown = Array.isArray(items) && items.length === 1 ? items[0] : undefined
  if (!isJsonObject(item)) return 'items is to have one item'
  const { sendChannelOrderId, createTime, orderEncryptKey } = request as Record<string, string>
  return problemOfItem(item) ?? { no: sendChannelOrderId!, item, createTime: createTime!, key: orderEncryptKey! }
}

/** The orders of one ESB, and the codes that it gave. */
export function createEsbOrders(): EsbOrders {
  const orders = new Map<string, EsbOrder>()
  const codes = new Set<string>()
  const giveCode = (): string => {
    const code = makeCode()
    if (codes.has(code)) return giveCode()
    codes.add(code)
    return code
  }
  return {
    make: (request) => {
      const read = readOrder(request)
      if (typeof read === 'string') return read
      const known = orders.get(read.no)
      if (known !== undefined) return known
      const order = { ...read, codes: Array.from({ length: read.item.codeNum as number }, giveCode) }
      orders.set(order.no, order)
      return order
    },
    earlierCode: ({ no }) => [...orders.values()].find((order) => order.no !== no)?.codes[0],
    codesOf: (no) => [...(orders.get(no)?.codes ?? [])],
    isKnown: (code) => typeof code === 'string' && codes.has(code),
  }
}

/** The document's answer (ESB制码订单, 返回报文) with these codes in it. Throws where the request's key cannot be used. */
export function madeAnswer(
  { no, item, createTime, key }: EsbOrder,
  { codes, encryptType, now }: { codes: readonly string[]; encryptType: EsbEncryptType; now: Date },
): JsonObject {
  const { saleChannelItemId, ticketId, useTimes, validStart, validEnd } = item
  const codeDetail = codes.map((code) => ({
    code: encryptCode(code, encryptType, key),
    useTimes,
    status: '00',
    statusDesc: '未使用',
  }))
  const made = { codeDetail, validStart, validEnd, itemResultCode: '00', itemResultMsg: 'SUCCESS' }
  const data = { tradeNo: no, createDate: createTime.slice(0, 8), createTime: toShanghaiDigits(now) }
  return {
    returnCode: '00',
    returnMsg: 'SUCCESS',
    data: { ...data, isNotify: '0', codeNum: codes.length, items: [{ saleChannelItemId, ticketId, ...made }] },
  }
}
