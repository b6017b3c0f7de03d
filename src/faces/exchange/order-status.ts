import { stateAt } from '../../core/coupon/coupon.ts'
import type { LookUpOrderOutcome } from '../../core/issue/look-up-order.ts'

/**
 * 订单状态: 1 处理中, 2 交易成功, 3 交易失败, 4 已取消. 0 (入库) is never told: an order is with its supplier, or done, in the
 * transaction that accepts it.
 */
export type OrderStatus = { status: 1 | 2 | 3 | 4; message: string }

export const succeeded: OrderStatus = { status: 2, message: '交易成功' }
export const used: OrderStatus = { status: 2, message: '已核销' }
export const expired: OrderStatus = { status: 2, message: '已过期' }
export const reversed: OrderStatus = { status: 2, message: '核销已撤销' }
export const cancelled: OrderStatus = { status: 4, message: '已取消' }
export const failed = (failure: string | null): OrderStatus => ({ status: 3, message: failure ?? '交易失败' })

/** How an order stands. Cancelled is one whose coupons are all voided; used or expired, where one of them is. */
export function orderStatusOf({ order, coupons, redemptions, now }: LookUpOrderOutcome): OrderStatus {
  if (order.state === 'pending') return { status: 1, message: '处理中' }
  if (order.state === 'failed') return failed(order.failure)
  const states = coupons.map((coupon) => stateAt(coupon, now))
  if (states.every((state) => state === 'voided')) return cancelled
  if (redemptions.length > 0) return used
  return states.includes('expired') ? expired : succeeded
}
