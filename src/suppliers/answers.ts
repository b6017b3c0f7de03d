import { isJsonObject, parseJsonObject, type JsonObject, type JsonValue } from '../wire/json.ts'
import type { MakeAnswer, RefusalReason, Refused, SupplierHttpRequest, SupplierSend, Unknown } from './supplier.ts'

// What all suppliers' answers have in common. Only a clear yes or no is final; everything else is unknown. Reasons are
// kept and shown, so they say what was wrong with an answer, never what stood in it.

export const unknown = (reason: string): Unknown => ({ kind: 'unknown', reason })

/** Somebody has answered HTTP 200 with a JSON object; `body` and `headers` are there to be checked. */
export type Told = {
  kind: 'told'
  object: JsonObject
  body: string
  headers: Readonly<Record<string, string>>
}

/** Asks in JSON: the object answered with HTTP 200, or why there is none. */
export const askInJson = (send: SupplierSend, url: string, message: object): Promise<Told | Unknown> =>
  askForObject(send, { url, headers: inJson, body: JSON.stringify(message) })

/** What says of a request that it is JSON, and wants JSON. */
export const inJson = { 'content-type': 'application/json; charset=utf-8', accept: 'application/json' }

/** Asks, however it is to be put: the object answered with HTTP 200, or why there is none. */
export async function askForObject(send: SupplierSend, request: SupplierHttpRequest): Promise<Told | Unknown> {
  const result = await send(request)
  if (result.kind === 'failed') return unknown(`There was no answer (${result.reason}): ${result.message}`)
  if (result.status !== 200) return unknown(`The answer was HTTP ${result.status}.`)
  if (result.isCut) return unknown('The answer was too long to be read to its end.')
  const object = readObject(result.body)
  if (object === undefined) return unknown('The answer was no JSON object.')
  return { kind: 'told', object, body: result.body, headers: result.headers }
}

function readObject(body: string): JsonObject | undefined {
  try {
    return parseJsonObject(Buffer.from(body))
  } catch {
    return undefined
  }
}

/** The objects in what should be an array of them; nothing but objects, or none at all. */
export const objectsIn = (value: JsonValue | undefined): JsonObject[] =>
  Array.isArray(value) && value.every(isJsonObject) ? value : []

/** Takes codes that were given for a clear yes, if there are as many as asked for and each can be a code. */
export function acceptCodes(codes: unknown[], quantity: number): MakeAnswer {
  if (codes.length !== quantity) return unknown(`The answer had ${codes.length} codes; ${quantity} were asked for.`)
  if (!codes.every(isCode)) {
    return unknown('The answer had a code that is empty, above 64 characters, or no printable ASCII.')
  }
  if (new Set(codes).size !== codes.length) return unknown('The answer had a code twice.')
  return { kind: 'accepted', codes }
}

const isCode = (value: unknown): value is string => typeof value === 'string' && /^[\x21-\x7e]{1,64}$/.test(value)

const longestMessage = 128

/** A clear no in the supplier's words; `hidden` is what may not be repeated out of them. */
export const refused = (code: string, message: JsonValue | undefined, hidden?: string): Refused => ({
  kind: 'refused',
  code,
  message: wordsOf(message, hidden),
})

/** The same, where the hub has words of its own for why. */
export const refusedFor = (reason: RefusalReason | undefined, refusal: Refused): Refused =>
  reason === undefined ? refusal : { ...refusal, reason }

/** Somebody's words, cut and in one line, without what may not be repeated. */
export function wordsOf(message: JsonValue | undefined, hidden?: string): string {
  const words = typeof message === 'string' ? message.replaceAll(/\p{Cc}+/gu, ' ').trim() : ''
  const shown = hidden === undefined ? words : words.replaceAll(hidden, '***')
  return Array.from(shown).slice(0, longestMessage).join('')
}

// Total, so that the compiler asks for those that are new.
const known: Record<RefusalReason, true> = {
  coupon_not_found: true,
  coupon_voided: true,
  coupon_redeemed: true,
  coupon_busy: true,
  coupon_frozen: true,
  coupon_expired: true,
  coupon_not_yet_valid: true,
  coupon_not_redeemable_here: true,
  redemption_not_found: true,
  redemption_not_reversible: true,
  order_amount_too_small: true,
  limit_exceeded: true,
  stock_exhausted: true,
}

/** Every reason that the hub has words for. */
export const refusalReasons = Object.keys(known) as RefusalReason[]

export const reasonIn = (value: JsonValue | undefined): RefusalReason | undefined =>
  refusalReasons.find((reason) => reason === value)
