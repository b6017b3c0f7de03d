import { formatShanghaiCompact } from '../../time/shanghai.ts'
import type { JsonObject } from '../../wire/json.ts'
import { isSameSignature, nestedFieldOf, shoubeiSign } from '../../wire/shoubei-signature.ts'
import { askInJson, unknown, refused, refusedFor, wordsOf } from '../answers.ts'
import { given, textIn } from '../read.ts'
import type { RedeemAsk, Refused, SupplierSend, Unknown, RefusalReason } from '../supplier.ts'
import type { ShoubeiSettings } from './settings.ts'

/**
 * Reads Shoubei's two levels, in both styles of a refusal: `return_code` is a code and `result_code` FAIL (the sample), or
 * `return_code` is SUCCESS and the code stands before the words, if anywhere (the table). Without a `result_code` it is
 * the request as such that failed: nothing is said of what it asked for, nor of an earlier one under its number.
 */
function readVerdict(answer: JsonObject, hidden: string): { kind: 'yes' } | Refused | Unknown {
  const { return_code: returnCode, result_code: resultCode, return_msg: message } = answer
  if (returnCode === 'SUCCESS' && resultCode === 'SUCCESS') return { kind: 'yes' }
  const words = wordsOf(message, hidden)
  if (resultCode !== 'FAIL') return unknown(`The answer was neither yes nor no: ${words}`)
  const [, coded, rest = words] = returnCode === 'SUCCESS' ? (/^(\d{4}) (.*)$/.exec(words) ?? []) : []
  const code = coded ?? sampleCode(textIn(returnCode))
  return refusedFor(reasonOf(code, rest), refused(code ?? 'FAIL', rest))
}

const sampleCode = (text: string | undefined): string | undefined =>
  text !== undefined && /^[0-9]{1,8}$/.test(text) ? text : undefined

type Endpoint = 'prepareuse' | 'wf' | 'quary' | 'cancel'
type Yes = { kind: 'yes'; fields: JsonObject }
type Heard = Yes | Refused | Unknown

/** Asks as a till does, signed; an answer whose sign does not hold is none. */
export async function ask(
  settings: ShoubeiSettings,
  endpoint: Endpoint,
  { asked, fields, now }: { asked: RedeemAsk; fields: Record<string, string | undefined>; now: Date },
  send: SupplierSend,
): Promise<Heard> {
  const unsigned: JsonObject = {
    inst_no: settings.instNo,
    merchant_no: settings.merchantNo ?? asked.merchantNo,
    shop_no: asked.thirdShopNo ?? settings.shopNo ?? asked.shopNo,
    ts: formatShanghaiCompact(now),
    ...given(fields),
  }
  const message = { ...unsigned, sign: shoubeiSign(unsigned, settings.key) }
  const told = await askInJson(send, `${settings.baseURL}/coupon/${endpoint}`, message)
  if (told.kind === 'unknown') return told
  if (!isSigned(told.object, settings.key)) return unknown('The sign of the answer does not hold.')
  const verdict = readVerdict(told.object, asked.code)
  return verdict.kind === 'yes' ? { kind: 'yes', fields: told.object } : verdict
}

const isSigned = (fields: JsonObject, key: string): boolean =>
  nestedFieldOf(fields) === undefined && isSameSignature(textIn(fields['sign']) ?? '', shoubeiSign(fields, key))

/** A hub's codes and words for what it refuses, and why. Others have the words at most. docs/suppliers/shoubei.md. */
export const refusals: readonly (readonly [code: string, words: string, reason: RefusalReason])[] = [
  ['0205', '券码已退款', 'coupon_voided'],
  ['0226', '券码不存在', 'coupon_not_found'],
  ['0227', '券码已使用', 'coupon_redeemed'],
  ['0228', '券码处理中', 'coupon_busy'],
  ['0229', '券码已冻结', 'coupon_frozen'],
  ['0231', '券码已过期', 'coupon_expired'],
  ['0232', '券码未生效', 'coupon_not_yet_valid'],
  ['0233', '券码不适用于该门店', 'coupon_not_redeemable_here'],
  ['0235', '核销记录不存在', 'redemption_not_found'],
  ['0236', '核销不可撤销', 'redemption_not_reversible'],
  ['0237', '订单金额未达使用门槛', 'order_amount_too_small'],
  ['0239', '超出使用限制', 'limit_exceeded'],
  ['0240', '库存不足', 'stock_exhausted'],
]

/** By the code; by the words where there is none. */
export const reasonOf = (code: string | undefined, words: string): RefusalReason | undefined =>
  refusals.find(([known, text]) => (code === undefined ? text === words : known === code))?.[2]
