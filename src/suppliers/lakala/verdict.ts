import type { JsonObject } from '../../wire/json.ts'
import { refused, refusedFor, unknown, wordsOf } from '../answers.ts'
import { textIn } from '../read.ts'
import type { RefusalReason, Refused, Unknown } from '../supplier.ts'
import { dataOf } from './ask.ts'

const reasons: ReadonlyMap<string, RefusalReason> = new Map<string, RefusalReason>([
  ['300001', 'limit_exceeded'],
  ['300002', 'stock_exhausted'],
])

/** That the request itself is wrong it will always be; 2xxxxx and 3xxxxx are about what was asked for. */
const isClearNo = (code: string): boolean => /^(?:100001|[23][0-9]{5})$/.test(code)

/**
 * Reads the two levels of an answer, which must agree. The other refusals of the request as such (1xxxxx: a signature, a
 * rate) come before its number is looked at, and so say nothing of an earlier one under it; 000095, 9xxxxx and all that
 * is in no table decide nothing.
 */
export function readVerdict(
  answer: JsonObject,
  hidden?: string,
): { kind: 'yes'; data: JsonObject } | Refused | Unknown {
  const data = dataOf(answer)
  const code = textIn(answer['code'])
  const inner = textIn(data['resCode']) ?? code
  if (code === undefined || code !== inner) return unknown('The answer had no code, or two that do not agree.')
  if (code === '000000') return { kind: 'yes', data }
  const words = wordsOf(answer['msg'], hidden)
  if (!isClearNo(code)) return unknown(`The answer was ${wordsOf(code, hidden)}: ${words}`)
  return refusedFor(reasons.get(code), refused(code, words))
}
