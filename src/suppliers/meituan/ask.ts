import { hash } from 'node:crypto'
import type { JsonValue } from '../../wire/json.ts'
import { askForObject, refused, refusedFor, unknown, wordsOf } from '../answers.ts'
import { textIn } from '../read.ts'
import type { Refused, SupplierSend, Unknown, RefusalReason } from '../supplier.ts'
import type { MeituanSettings } from './settings.ts'

type Method = 'prepare' | 'consume' | 'reverseconsume' | 'getconsumed'
export type Yes = { kind: 'yes'; data: JsonValue | undefined }

/** Asks the gateway: a signed form, whose `biz` is JSON with what is asked. */
export async function ask(
  { baseURL, developerId, businessId, signKey, appAuthToken }: MeituanSettings,
  method: Method,
  biz: { receiptCode: string },
  send: SupplierSend,
  now: Date,
): Promise<Yes | Refused | Unknown> {
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const common = { developerId, businessId, timestamp, charset: 'UTF-8', version: '2', appAuthToken }
  const form = { ...common, biz: JSON.stringify(biz) }
  const told = await askForObject(send, {
    url: `${baseURL}/ddzh/tuangou/receipt/${method}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', accept: 'application/json' },
    body: new URLSearchParams({ ...form, sign: signOf(form, signKey) }).toString(),
  })
  if (told.kind === 'unknown') return told
  const { code, msg, data } = told.object
  const verdict = readVerdict(code, msg, biz.receiptCode)
  return verdict.kind === 'yes' ? { kind: 'yes', data } : verdict
}

/** SHA1 over the key and `k1v1k2v2…`, sorted by name; empty values are left out. Lower case hexadecimal. */
function signOf(fields: Readonly<Record<string, string>>, signKey: string): string {
  const pairs = Object.entries(fields).filter(([, value]) => value !== '')
  const sorted = pairs.toSorted(([left], [right]) => (left < right ? -1 : 1))
  return hash('sha1', signKey + sorted.map(([name, value]) => name + value).join(''))
}

/** The codes that are a clear no, and why where the hub has words for it. docs/suppliers/meituan.md has the table. */
export const noes: ReadonlyMap<string, RefusalReason | undefined> = new Map<string, RefusalReason | undefined>([
  ['1001', undefined],
  ['1002', undefined],
  ['1003', 'stock_exhausted'],
  ['1006', 'coupon_not_found'],
  ['1007', undefined],
  ['1008', 'coupon_redeemed'],
  ['1009', 'coupon_expired'],
  ['1010', 'coupon_voided'],
  ['1011', 'coupon_voided'],
  ['1012', 'coupon_not_redeemable_here'],
  ['1013', 'coupon_redeemed'],
  ['1014', 'coupon_not_redeemable_here'],
  ['1015', 'coupon_not_yet_valid'],
  ['1016', 'coupon_not_redeemable_here'],
  ['1017', undefined],
  ['1018', undefined],
  ['1019', 'coupon_not_redeemable_here'],
  ['1020', 'coupon_not_redeemable_here'],
  ['1021', undefined],
  ['1022', undefined],
  ['1023', 'coupon_not_redeemable_here'],
  ['1024', 'coupon_frozen'],
  ['1025', undefined],
])

/** Reads `code`: OP_SUCCESS or 0 is yes, one of the table is no. Gateway faults and "in part" (1004) decide nothing. */
export function readVerdict(
  given: JsonValue | undefined,
  message: JsonValue | undefined,
  hidden: string,
): { kind: 'yes' } | Refused | Unknown {
  const code = textIn(given)
  if (code === undefined) return unknown('The answer had no code of result.')
  if (code === 'OP_SUCCESS' || code === '0') return { kind: 'yes' }
  if (!noes.has(code)) return unknown(`The answer was ${wordsOf(code, hidden)}: ${wordsOf(message, hidden)}`)
  return refusedFor(noes.get(code), refused(code, message, hidden))
}
