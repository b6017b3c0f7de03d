import { createHash, randomBytes } from 'node:crypto'
import { toShanghaiRfc3339 } from './shanghai-time.ts'
import type { WechatPayCoupon, WechatPayUse } from './wechat-pay-coupons.ts'

export type StatementKind = 'use' | 'refund'

export type WechatPayStatements = {
  /** Makes a file of the uses or refunds of a stock, of one day (yyyy-MM-dd) or all; what the answer says of it. */
  make: (
    kind: StatementKind,
    coupons: readonly WechatPayCoupon[],
    day: string | null,
  ) => { token: string; hash: string } | undefined
  /** The file, for thirty seconds. */
  read: (token: string | null) => string | undefined
}

const lifeMilliseconds = 30_000
const mostFiles = 100

const head =
  '批次ID,优惠ID,优惠类型,优惠金额（元）,订单总金额（元）,交易类型,支付单号,消耗时间,消耗商户号,设备号,银行流水号,单品信息'

const yuan = (fen: number): string => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`
const time = (at: Date): string => toShanghaiRfc3339(at).slice(0, 19).replace('T', ' ')

// Every value has a backtick before it, so that spreadsheets take it for text.
function row(kind: StatementKind, { stock, couponId }: WechatPayCoupon, use: WechatPayUse): string {
  const discount = yuan(stock.fixed_normal_coupon.coupon_amount)
  const what = [stock.stock_id, couponId, '满减券', discount, yuan(use.amount), kind === 'use' ? '支付' : '退款']
  const where = [use.transactionId, time(use.at), use.mchid, '', '', '']
  return [...what, ...where].map((value) => `\`${value}`).join(',')
}

function rowsOf(kind: StatementKind, coupons: readonly WechatPayCoupon[], day: string | null): string[] {
  const events = coupons.flatMap((coupon) =>
    (kind === 'use' ? coupon.uses : coupon.refunds).map((use) => ({ coupon, use })),
  )
  return events
    .filter(({ use }) => day === null || time(use.at).startsWith(day))
    .map(({ coupon, use }) => row(kind, coupon, use))
}

/** The files of use-flow and refund-flow, kept until they can be downloaded no longer. */
export function createWechatPayStatements(now: () => Date): WechatPayStatements {
  const files = new Map<string, { text: string; madeAt: Date }>()
  return {
    make: (kind, coupons, day) => {
      const rows = rowsOf(kind, coupons, day)
      // Of a day without any there is no file.
      if (day !== null && rows.length === 0) return undefined
      const text = [head, ...rows].map((line) => `${line}\r\n`).join('')
      const token = randomBytes(24).toString('base64url')
      files.set(token, { text, madeAt: now() })
      const [oldest] = files.keys()
      if (files.size > mostFiles && oldest !== undefined) files.delete(oldest)
      return { token, hash: createHash('sha1').update(text).digest('hex') }
    },
    read: (token) => {
      const file = files.get(token ?? '')
      return file !== undefined && now().getTime() - file.madeAt.getTime() <= lifeMilliseconds ? file.text : undefined
    },
  }
}
