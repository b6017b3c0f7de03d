import { refused, unknown } from '../answers.ts'
import type { RefusalReason, Refused, Unknown } from '../supplier.ts'
import type { Told } from './ask.ts'

// What the documents list as final: nothing was done, and nothing will be under this number.
const refusals: ReadonlyMap<string, RefusalReason | undefined> = new Map([
  ['NOT_ENOUGH', 'stock_exhausted'],
  ['RULE_LIMIT', 'limit_exceeded'],
  ['RULELIMIT', 'limit_exceeded'],
  ['USER_ACCOUNT_ABNORMAL', undefined],
  ['REQUEST_BLOCKED', 'limit_exceeded'],
  ['INVALID_REQUEST', undefined],
  ['PARAM_ERROR', undefined],
  ['APPID_MCHID_NOT_MATCH', undefined],
  ['NO_AUTH', undefined],
  ['MCH_NOT_EXISTS', undefined],
  ['RESOURCE_NOT_EXISTS', undefined],
])

/**
 * What an answer says that is not HTTP 200: a clear no only by a code that the documents list for one, with a status
 * that goes with it. `hidden` is what may not be repeated out of its words.
 */
export function readError({ status, object }: Told, hidden?: string): Refused | Unknown {
  const { code, message } = object
  const isNo = [400, 403, 404].includes(status) && typeof code === 'string' && refusals.has(code)
  if (!isNo) return unknown(wordsOf(status, code))
  const reason = refusals.get(code)
  return { ...refused(code, message, hidden), ...(reason === undefined ? {} : { reason }) }
}

function wordsOf(status: number, code: unknown): string {
  const shown = typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? ` with ${code}` : ''
  const words = `The answer was HTTP ${status}${shown}`
  // Somebody has made something else under our number: asking again will not change it, and a coupon may be out there.
  if (code === 'RESOURCE_ALREADY_EXISTS') return `${words}: this number stands for another coupon at WeChat Pay.`
  if (code === 'SIGN_ERROR') return `${words}: mchid, serialNo and privateKey are to be checked.`
  return `${words}.`
}
