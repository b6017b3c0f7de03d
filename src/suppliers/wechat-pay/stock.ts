import { isJsonNumber, isJsonObject } from '../../wire/json.ts'
import type { JsonObject, JsonValue } from '../../wire/json.ts'
import { unknown } from '../answers.ts'
import type { Refused, SupplierSend, Unknown } from '../supplier.ts'
import { askWechatPay } from './ask.ts'
import { timeOf } from './coupon.ts'
import { stockPath } from './paths.ts'
import { creatorOf } from './settings.ts'
import type { WechatPaySettings } from './settings.ts'
import { readError } from './verdict.ts'

/** A stock (批次) of coupons; what WeChat Pay leaves out is absent. `isStarted`: coupons can be given of it now. */
export type WechatPayStock = {
  stockId: string
  name?: string
  /** In WeChat Pay's own words: `unactivated`, `audit`, `running`, `stoped`, `paused`. */
  status: string
  isStarted: boolean
  validFrom?: Date
  validUntil?: Date
  givenCoupons?: number
  mostCoupons?: number
  mostPerHolder?: number
  faceValueFen?: number
  thresholdFen?: number
}

type StockAnswer = { kind: 'told'; stock: WechatPayStock } | Refused | Unknown

/** WeChat Pay, 查询批次详情. */
export async function queryStock(
  settings: WechatPaySettings,
  stockId: string,
  send: SupplierSend,
  now: Date,
): Promise<StockAnswer> {
  const answer = await askWechatPay(settings, { path: stockPath(stockId, creatorOf(settings)) }, send, now)
  if (answer.kind === 'unknown') return answer
  if (answer.status !== 200) return readError(answer)
  const { object } = answer
  if (object.stock_id !== stockId || typeof object.status !== 'string') return unknown('The answer was about no stock.')
  return { kind: 'told', stock: readStock(stockId, object.status, object) }
}

function readStock(stockId: string, status: string, object: JsonObject): WechatPayStock {
  const rule = objectOf(object.stock_use_rule)
  const coupon = objectOf(rule.fixed_normal_coupon)
  const { stock_name: name } = object
  return given({
    stockId,
    name: typeof name === 'string' ? name : undefined,
    status,
    isStarted: status === 'running',
    validFrom: timeOf(object.available_begin_time),
    validUntil: timeOf(object.available_end_time),
    givenCoupons: wholeOf(object.distributed_coupons),
    mostCoupons: wholeOf(rule.max_coupons),
    mostPerHolder: wholeOf(rule.max_coupons_per_user),
    faceValueFen: wholeOf(coupon.coupon_amount),
    thresholdFen: wholeOf(coupon.transaction_minimum),
  })
}

const objectOf = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {})

function wholeOf(value: JsonValue | undefined): number | undefined {
  const number = isJsonNumber(value) ? Number(value.numberText) : Number.NaN
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined
}

type Given<Fields> = { [Name in keyof Fields]: Exclude<Fields[Name], undefined> }

/** Without the fields that are undefined. */
const given = <Fields extends object>(fields: Fields): Given<Fields> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<Fields>
