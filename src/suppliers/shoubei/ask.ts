import type { JsonObject } from '../../wire/json.ts'
import { isSameSignature, nestedFieldOf, shoubeiSign } from '../../wire/shoubei-signature.ts'
import { formatShanghaiCompact } from '../../time/shanghai.ts'
import { askInJson, unknown, refused, refusedFor, wordsOf } from '../answers.ts'
import { given, textIn } from '../read.ts'
import type { RedeemAsk, Refused, SupplierSend, Unknown } from '../supplier.ts'
import type { ShoubeiSettings } from './settings.ts'
import { reasonOf } from './words.ts'

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
