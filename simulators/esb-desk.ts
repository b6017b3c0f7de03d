import type { EsbEncryptType } from './esb-encryption.ts'
import { esbPaths } from './esb-modes.ts'
import type { EsbMode, EsbModes, EsbPath } from './esb-modes.ts'
import { madeAnswer } from './esb-orders.ts'
import type { EsbOrder, EsbOrders } from './esb-orders.ts'
import type { Inbox } from './inbox.ts'
import { isJsonObject } from './json.ts'
import type { JsonObject } from './json.ts'

/** A request as it arrived, whatever it was answered. */
export type EsbRequest = {
  path: EsbPath
  receivedAt: Date
  /** The parsed body; null where it was no JSON. */
  body: unknown
  /** How it was answered. */
  mode: EsbMode
}

export type EsbDesk = {
  orders: EsbOrders
  modes: EsbModes
  inbox: Inbox<EsbRequest>
  /** What each `requestId` was answered, so that a repeat hears the same. */
  verified: Map<string, JsonObject>
  encryptType: EsbEncryptType
  now: () => Date
}

const no = (returnCode: string, returnMsg: string): JsonObject => ({ returnCode, returnMsg })
const yes: JsonObject = { returnCode: '00', returnMsg: 'SUCCESS' }

function codesToTell(desk: EsbDesk, order: EsbOrder, mode: EsbMode): string[] {
  const [first = '', ...others] = order.codes
  if (mode === 'fewer') return others
  if (mode === 'twice') return [...order.codes.slice(0, -1), first]
  if (mode === 'repeated') return [desk.orders.earlierCode(order) ?? first, ...others]
  return order.codes
}

function make(desk: EsbDesk, body: unknown, mode: EsbMode): JsonObject {
  const order = desk.orders.make(body)
  if (typeof order === 'string') return no('01', `参数错误: ${order}`)
  try {
    const codes = codesToTell(desk, order, mode)
    return madeAnswer(order, { codes, encryptType: desk.encryptType, now: desk.now() })
  } catch {
    return no('02', '密钥错误: orderEncryptKey')
  }
}

function verify(desk: EsbDesk, body: unknown): JsonObject {
  if (!isJsonObject(body) || typeof body.requestId !== 'string') return no('01', '参数错误: requestId is missing')
  const answer = desk.verified.get(body.requestId) ?? (desk.orders.isKnown(body.code) ? yes : no('04', '券码不存在'))
  desk.verified.set(body.requestId, answer)
  return answer
}

/** Does what a request asks for, and what the ESB says to it. */
export function act(desk: EsbDesk, path: EsbPath, body: unknown, mode: EsbMode): JsonObject {
  if (mode === 'refuse') return no('03', '库存不足')
  if (mode === 'unknown') return no('32', '结果未知')
  if (path === esbPaths.make) return make(desk, body, mode)
  return path === esbPaths.verify ? verify(desk, body) : yes
}
