import { z } from 'zod'
import { dateField, idField } from '../../read/fields.ts'

// What a template says in more than one value.

/** A time that runs from the issue, or an absolute window (its end is the first instant at which it is over). */
export const validitySchema = z.union([
  z.strictObject({ forSeconds: z.int().min(1).max(10_000_000_000) }),
  z.strictObject({ from: dateField, until: dateField }),
])
export type Validity = z.output<typeof validitySchema>

/** Where a template's codes come from: own codes of this shape, or an imported pool. */
export const codesSchema = z.union([
  z.strictObject({ alphabet: z.string().min(2).default('digits'), length: z.int().min(1).max(32).default(16) }),
  z.strictObject({ pool: idField() }),
])
export type Codes = z.output<typeof codesSchema>

/** 1 代金券, 2 折抵券: need an amount when redeemed; 3 产品抵用券, 4 复合产品券: need the cart's goods. */
export const ticketTypes = [1, 2, 3, 4] as const

const idList = z.array(z.string().min(1).max(64)).min(1).max(10_000)

/** Where a template's coupons may be redeemed. A new template may be redeemed nowhere. */
export const redeemableAtSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('nowhere') }),
  z.strictObject({ kind: z.literal('everywhere') }),
  z.strictObject({ kind: z.literal('acceptors'), acceptors: idList }),
  z.strictObject({ kind: z.literal('brand'), brand: z.string().min(1).max(64) }),
  z.strictObject({ kind: z.literal('merchants'), acceptor: z.string(), merchants: idList }),
  z.strictObject({ kind: z.literal('shops'), acceptor: z.string(), shops: idList }),
])
export type RedeemableAt = z.infer<typeof redeemableAtSchema>
