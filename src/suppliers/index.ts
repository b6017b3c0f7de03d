import { douyin } from './douyin/index.ts'
import { esb } from './esb/index.ts'
import { httpRedeem } from './http-redeem/index.ts'
import { lakala } from './lakala/index.ts'
import { meituan } from './meituan/index.ts'
import { shoubei } from './shoubei/index.ts'
import type { Supplier } from './supplier.ts'
import { wechatPay } from './wechat-pay/index.ts'

/** Every kind of supplier there is, by its name. */
export const suppliers: ReadonlyMap<string, Supplier> = new Map<string, Supplier>(
  [douyin, esb, httpRedeem, lakala, meituan, shoubei, wechatPay].map((supplier) => [supplier.kind, supplier]),
)
