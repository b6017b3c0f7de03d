import { esb } from './esb/index.ts'
import type { Supplier } from './supplier.ts'
import { wechatPay } from './wechat-pay/index.ts'

/** Every kind of supplier there is, by its name. */
export const suppliers: ReadonlyMap<string, Supplier> = new Map<string, Supplier>(
  [esb, wechatPay].map((supplier): [string, Supplier] => [supplier.kind, supplier]),
)
