import type { JsonObject } from '../../wire/json.ts'
import { refused, refusedFor, unknown, wordsOf } from '../answers.ts'
import { textIn } from '../read.ts'
import type { Refused, Unknown } from '../supplier.ts'
import { reasonOf } from './words.ts'

/**
 * Reads Shoubei's two levels, in both styles of a refusal: `return_code` is a code and `result_code` FAIL (the sample), or
 * `return_code` is SUCCESS and the code stands before the words, if anywhere (the table). Without a `result_code` it is
 * the request as such that failed: nothing is said of what it asked for, nor of an earlier one under its number.
 */
export function readVerdict(answer: JsonObject, hidden: string): { kind: 'yes' } | Refused | Unknown {
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
