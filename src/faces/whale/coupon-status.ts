import { stateAt } from '../../core/coupon/coupon.ts'

const statuses = {
  issued: { status: '00', statusDesc: '未使用' },
  redeeming: { status: '00', statusDesc: '核销中' },
  redeemed: { status: '01', statusDesc: '已使用' },
  expired: { status: '02', statusDesc: '已过期' },
  inactive: { status: '03', statusDesc: '未激活' },
  frozen: { status: '04', statusDesc: '已冻结' },
  voided: { status: '05', statusDesc: '已作废' },
} as const

/** The state of a coupon in the wire's two digits, and what they mean. */
export const couponStatus = (coupon: Parameters<typeof stateAt>[0], now: Date) => statuses[stateAt(coupon, now)]
