import type { JsonValue } from '../../wire/json.ts'
import { refused, unknown } from '../answers.ts'
import type { Refused, Unknown } from '../supplier.ts'

/** Reads a `returnCode` or an `itemResultCode`: `00` is yes, `32` is "I do not know", every other one is no. */
export function readVerdict(
  code: JsonValue | undefined,
  message: JsonValue | undefined,
  hidden?: string,
): { kind: 'yes' } | Refused | Unknown {
  if (code === undefined) return unknown('The answer said neither yes nor no.')
  if (typeof code !== 'string' || !/^[\x21-\x7e]{1,32}$/.test(code)) {
    return unknown('The answer had a code of result that is none.')
  }
  if (code === '00') return { kind: 'yes' }
  return code === '32' ? unknown('The answer was 32: it does not know itself.') : refused(code, message, hidden)
}
