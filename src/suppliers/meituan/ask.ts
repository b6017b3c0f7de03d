import { hash } from 'node:crypto'
import type { JsonValue } from '../../wire/json.ts'
import { askForObject } from '../answers.ts'
import type { Refused, SupplierSend, Unknown } from '../supplier.ts'
import type { MeituanSettings } from './settings.ts'
import { readVerdict } from './verdict.ts'

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
