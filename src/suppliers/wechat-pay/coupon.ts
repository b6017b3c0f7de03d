import { isJsonObject } from '../../wire/json.ts'
import type { JsonObject, JsonValue } from '../../wire/json.ts'
import { parseRfc3339 } from '../../time/shanghai.ts'
import type { SupplierUse } from '../supplier.ts'

/** A text of a field, if it can be an id. */
const textOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' && /^[\x21-\x7e]{1,64}$/.test(value) ? value : undefined

/** A time of a field (RFC 3339). */
export const timeOf = (value: JsonValue | undefined): Date | undefined =>
  typeof value === 'string' ? parseRfc3339(value) : undefined

/**
 * The use in a coupon's `consume_information`; undefined where it does not say of which coupon, or when. What was paid is
 * not in it: WeChat Pay tells what the coupon is worth, and of the order no more than goods that have a price of their own.
 */
export function readUse(coupon: JsonObject): SupplierUse | undefined {
  const [code, consumed] = [textOf(coupon.coupon_id), coupon.consume_information]
  const information: JsonObject = isJsonObject(consumed) ? consumed : {}
  const usedAt = timeOf(information.consume_time)
  if (code === undefined || usedAt === undefined) return undefined
  const [merchantNo, reference] = [textOf(information.consume_mchid), textOf(information.transaction_id)]
  return {
    code,
    usedAt,
    ...(merchantNo === undefined ? {} : { merchantNo }),
    ...(reference === undefined ? {} : { reference }),
  }
}
