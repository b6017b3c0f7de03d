import type { JsonObject, JsonValue } from '../../wire/json.ts'
import { refused, refusedFor, unknown, wordsOf } from '../answers.ts'
import { countIn, fenIn, given, nameIn, textIn } from '../read.ts'
import { reasonIn } from '../reasons.ts'
import type { CodeDetails, Refused, Unknown } from '../supplier.ts'

/** Reads `result`: nothing but `accepted` and `refused` is final. `code` is not repeated in any words. */
export function readVerdict(answer: JsonObject, code: string): { kind: 'yes' } | Refused | Unknown {
  const { result, message } = answer
  if (result === 'accepted') return { kind: 'yes' }
  if (result === 'refused') return readRefusal(answer, code)
  if (result === 'unknown') return unknown(`The answer was unknown: ${wordsOf(message, code)}`)
  return unknown('The answer had no result that is accepted, refused or unknown.')
}

function readRefusal({ code: own, reason: why, message }: JsonObject, code: string): Refused {
  const reason = reasonIn(why)
  const told = textIn(own)
  const shown = told !== undefined && /^[\x21-\x7e]{1,32}$/.test(told) ? told : (reason ?? 'refused')
  return refusedFor(reason, refused(shown, message, code))
}

const longestMemo = 2000

/** What it says of a code; fields that cannot be read are passed over. */
export const readDetails = (answer: JsonObject): CodeDetails =>
  given({
    memo: memoIn(answer['memo']),
    name: nameIn(answer['name']),
    faceValueFen: fenIn(answer['faceValueFen']),
    settleAmountFen: fenIn(answer['settleAmountFen']),
    validFrom: timeIn(answer['validFrom']),
    validUntil: timeIn(answer['validUntil']),
    usesLeft: countIn(answer['usesLeft']),
  })

/** A memo that is longer than it may be is none at all. */
function memoIn(value: JsonValue | undefined): string | undefined {
  const memo = textIn(value)
  return memo === undefined || memo.length > longestMemo ? undefined : memo
}

function timeIn(value: JsonValue | undefined): Date | undefined {
  const text = textIn(value) ?? ''
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:\d\d)$/.test(text)) return undefined
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? undefined : date
}
