import { randomInt } from 'node:crypto'
import type { LakalaBank } from '../../simulators/lakala-bank.ts'
import type { ShoubeiTill } from '../../simulators/shoubei-till.ts'
import type { KnownSandboxFile } from '../../src/sandbox/file.ts'
import { Refused, startWork, untilAnswered, type AtWork, type Worker } from './asking.ts'

/** What a partner was told, once and for all. */
export type Issued = {
  order: Parameters<LakalaBank['issue']>[0]
  merchantOrderId: string
  code: string
  tradeNo: string
}
export type Redeemed = { issued: Issued; traceNo: string; orderNo: string }

export type Load = AtWork & { issued: Issued[]; redeemed: Redeemed[] }

export type Partners = { bank: LakalaBank; till: ShoubeiTill; sandbox: KnownSandboxFile; receiverUrl: string }

const workers = 8
/** The hub's words for "ask": busy, or an outcome that is not known. Shoubei's stand in `return_msg`. */
const askCodes: ReadonlySet<unknown> = new Set(['900002', '900003'])
const askWords = '请查询'

export function startLoad(partners: Partners): Load {
  const [issued, redeemed] = [[] as Issued[], [] as Redeemed[]]
  const work: Worker = async (worker, stopped, abandoned) => {
    for (let count = 0; !stopped.aborted; count++) {
      const one = await issueOne(partners, `${worker}-${count}`, abandoned)
      issued.push(one)
      if (count % 2 === 0) redeemed.push(await redeemOne(partners, one, abandoned))
    }
  }
  return { issued, redeemed, ...startWork(Array.from({ length: workers }, () => work)) }
}

async function issueOne(partners: Partners, name: string, signal: AbortSignal): Promise<Issued> {
  const { bank, sandbox, receiverUrl } = partners
  const merchantOrderId = `crash-${name}`
  const order = {
    promotionId: sandbox.lakala.promotionId,
    memberId: `${sandbox.lakala.memberPrefix}${randomInt(1e12)}`.padEnd(15, '0'),
    openid: `o-${name}`,
    merchantOrderId,
    writeOffNotify: `${receiverUrl}/lakala/used`,
    postNotify: `${receiverUrl}/lakala/issued`,
  }
  return untilAnswered(signal, async () => {
    const { data, text } = await bank.issue(order)
    if (askCodes.has(data?.['resCode'])) return undefined
    if (data?.['trade_status'] !== 'SUCCESS') throw new Refused(text)
    return { order, merchantOrderId, code: String(data['third_coupon_id']), tradeNo: String(data['trade_no']) }
  })
}

function redeemOne({ till }: Partners, issued: Issued, signal: AbortSignal): Promise<Redeemed> {
  const traceNo = `trace-${issued.merchantOrderId}`
  return untilAnswered(signal, async () => {
    const { body, text } = await till.redeem(redemptionOf(issued))
    if (String(body?.['return_msg']).includes(askWords)) return undefined
    if (body?.['result_code'] !== 'SUCCESS') throw new Refused(text)
    return { issued, traceNo, orderNo: String(body['order_no']) }
  })
}

export const redemptionOf = ({ code, merchantOrderId }: Issued) => ({
  code,
  traceNo: `trace-${merchantOrderId}`,
  amount: '10000',
  realAmount: '7000',
})
