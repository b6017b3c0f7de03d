import { createHmac, timingSafeEqual } from 'node:crypto'
import type { JsonObject, JsonValue } from '../../wire/json.ts'
import { makeNonce } from '../../wire/sign-string.ts'
import { askForObject, inJson, unknown, type Told, refused, refusedFor, wordsOf, reasonIn } from '../answers.ts'
import { given, countIn, fenIn, nameIn, textIn } from '../read.ts'
import type { RedeemAsk, SupplierSend, Unknown, CodeDetails, Refused } from '../supplier.ts'
import type { HttpRedeemSettings } from './settings.ts'

/** What is signed besides the body, byte for byte: what is asked (in an answer with ` answer` behind), time, nonce. */
type Signed = { what: string; timestamp: string; nonce: string; body: string }

/** HMAC-SHA256 in lower case hexadecimal: three lines, each with its `\n`, and the body. */
const signatureOf = (key: string, { what, timestamp, nonce, body }: Signed): string =>
  createHmac('sha256', key).update(`${what}\n${timestamp}\n${nonce}\n${body}`).digest('hex')

/** In a time that does not tell how many of the characters were right. */
function isSignature(given: string, key: string, signed: Signed): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(signatureOf(key, signed))]
  return left.length === right.length && timingSafeEqual(left, right)
}

type Operation = 'prepare' | 'redeem' | 'reverse'

/** Asks, signed; the answer is one only where it is signed over the nonce of this very question. */
export async function ask(
  { baseURL, keyId, key }: HttpRedeemSettings,
  operation: Operation,
  asked: RedeemAsk,
  send: SupplierSend,
  now: Date,
): Promise<Told | Unknown> {
  const body = JSON.stringify(messageOf(asked))
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const nonce = makeNonce(32)
  const signature = signatureOf(key, { what: operation, timestamp, nonce, body })
  const proof = {
    'quanhub-key-id': keyId,
    'quanhub-timestamp': timestamp,
    'quanhub-nonce': nonce,
    'quanhub-signature': signature,
  }
  const told = await askForObject(send, { url: `${baseURL}/${operation}`, headers: { ...inJson, ...proof }, body })
  if (told.kind === 'unknown' || isAnswered(told, key, operation, nonce)) return told
  return unknown('The signature of the answer does not hold, or it is no answer to this request.')
}

const messageOf = (ask: RedeemAsk) =>
  given({
    requestNo: ask.no,
    code: ask.code,
    acceptorId: ask.acceptorId,
    merchantNo: ask.merchantNo,
    shopNo: ask.shopNo,
    thirdShopNo: ask.thirdShopNo,
    amountFen: ask.amountFen,
    realAmountFen: ask.realAmountFen,
    at: ask.at.toISOString(),
    memo: ask.memo,
  })

function isAnswered({ headers, body }: Told, key: string, operation: Operation, nonce: string): boolean {
  const timestamp = headers['quanhub-timestamp'] ?? ''
  const signed = { what: `${operation} answer`, timestamp, nonce, body }
  return headers['quanhub-nonce'] === nonce && isSignature(headers['quanhub-signature'] ?? '', key, signed)
}

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
