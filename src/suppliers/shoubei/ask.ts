import type { JsonObject } from '../../wire/json.ts'
import { isSameSignature, nestedFieldOf, shoubeiSign } from '../../wire/shoubei-signature.ts'
import { formatShanghaiCompact } from '../../time/shanghai.ts'
import { askInJson, unknown } from '../answers.ts'
import { given, textIn } from '../read.ts'
import type { RedeemAsk, Refused, SupplierSend, Unknown } from '../supplier.ts'
import type { ShoubeiSettings } from './settings.ts'
import { readVerdict } from './verdict.ts'

export type Endpoint = 'prepareuse' | 'wf' | 'quary' | 'cancel'
export type Yes = { kind: 'yes'; fields: JsonObject }
export type Heard = Yes | Refused | Unknown

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
