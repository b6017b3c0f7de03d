import type { Douyin } from '../../simulators/douyin.ts'
import type { ExchangeMerchant } from '../../simulators/exchange-merchant.ts'
import type { ShoubeiTill } from '../../simulators/shoubei-till.ts'
import type { SandboxFile } from '../../src/sandbox/file.ts'
import { Refused, startWork, untilAnswered, type AtWork, type Worker } from './asking.ts'

/** What the merchant ordered, and heard that the hub has. */
export type Ordered = { bizCode: string; openId: string }
/** Who used a code, by the number that the hub told, and who heard that it was used. */
export type Used = { code: string; winner: { traceNo: string; orderNo: string }; loser: { traceNo: string } }

export type SupplierLoad = AtWork & { ordered: Ordered[]; used: Used[] }

/** Those who ask one of the two hubs. */
export type Partners = { merchant: ExchangeMerchant; till: ShoubeiTill }

export type Askers = {
  partners: readonly [Partners, Partners]
  exchange: SandboxFile['exchange']
  douyin: Douyin
}

const merchantWorkers = 4
const tillWorkers = 2
/** What WeChat gives to a holder. One more is ordered, which it refuses. */
export const couponsPerHolder = 2
const ordersPerHolder = couponsPerHolder + 1

/** At which of the two hubs coupons for this holder are ordered. */
export const hubOfHolder = (openId: string): 0 | 1 => (Number(openId.split('-')[2]) % 2 === 0 ? 0 : 1)

/** A merchant orders cash coupons at both hubs, and two tills, one at each hub, use one of Douyin's codes at a time. */
export function startSupplierLoad(askers: Askers): SupplierLoad {
  const [ordered, used] = [[] as Ordered[], [] as Used[]]
  const order: Worker = async (worker, stopped, abandoned) => {
    for (let count = 0; !stopped.aborted; count++) {
      const openId = `o-crash-${worker}-${Math.floor(count / ordersPerHolder)}`
      ordered.push(await orderOne(askers, { bizCode: `crash-${worker}-${count}`, openId }, abandoned))
    }
  }
  const useCodes: Worker = async (_worker, stopped, abandoned) => {
    while (!stopped.aborted) used.push(await useOne(askers, askers.douyin.addCode(), abandoned))
  }
  const workers = [...Array<Worker>(merchantWorkers).fill(order), ...Array<Worker>(tillWorkers).fill(useCodes)]
  return { ordered, used, ...startWork(workers) }
}

/** 98 and 99: ask. */
const askStatuses: ReadonlySet<unknown> = new Set([98, 99])
const busyWords = '系统繁忙，请稍后重试'
const limitWords = '超出领取限制'

/** Orders until the hub has the order, be it that WeChat has refused it already. */
function orderOne({ partners, exchange }: Askers, ordered: Ordered, signal: AbortSignal): Promise<Ordered> {
  const { productCode, activityId } = exchange
  const { merchant } = partners[hubOfHolder(ordered.openId)]
  return untilAnswered(signal, async () => {
    const { body, text } = await merchant.orderWechatCoupon({ productCode, activityId, ...ordered })
    const { status, message } = body as Record<string, unknown>
    if (askStatuses.has(status) || message === busyWords) return undefined
    if (status !== 0 && message !== limitWords) throw new Refused(text)
    return ordered
  })
}

type Heard = { traceNo: string; orderNo: string | undefined }

async function useOne({ partners }: Askers, code: string, signal: AbortSignal): Promise<Used> {
  const heard = await Promise.all(partners.map(({ till }, i) => redeemAt(till, code, `trace-${i}-${code}`, signal)))
  const [winner, loser] = heard.toSorted((a, b) => Number(b.orderNo !== undefined) - Number(a.orderNo !== undefined))
  if (winner?.orderNo === undefined || loser?.orderNo !== undefined) {
    throw new Refused(`code ${code} is to be used by one of two: ${JSON.stringify(heard)}`)
  }
  return { code, winner: { ...winner, orderNo: winner.orderNo }, loser: loser! }
}

/** "Ask" and "somebody is at it"; "it is used" is what the later one of two tills hears. */
const waitWords = ['请查询', '券码处理中']
const usedWords = '券码已使用'

/** Redeems until the hub knows: the number of the redemption, or none where another till's stands. */
function redeemAt(till: ShoubeiTill, code: string, traceNo: string, signal: AbortSignal): Promise<Heard> {
  return untilAnswered(signal, async () => {
    const redemption = { code, traceNo, channelType: '10003', amount: '10000', realAmount: '7000' }
    const { body, text } = await till.redeem(redemption)
    if (body?.['result_code'] === 'SUCCESS') return { traceNo, orderNo: String(body['order_no']) }
    if (waitWords.some((words) => text.includes(words))) return undefined
    if (!text.includes(usedWords)) throw new Refused(text)
    return { traceNo, orderNo: undefined }
  })
}
