import { createHmac, timingSafeEqual } from 'node:crypto'
import { isJsonObject, parseJson } from './json.ts'
import type { JsonObject } from './json.ts'
import type { Answer } from './receiving-server.ts'
import { keep } from './redeem-codes.ts'
import type { CodeState, RedeemCode, RedeemCodes } from './redeem-codes.ts'
import { startRedeemServer } from './redeem-server.ts'
import type { RedeemServer, RedeemServerOptions } from './redeem-server.ts'
import type { ServedRequest } from './serve.ts'

export type HttpRedeemOptions = RedeemServerOptions & {
  keyId: string
  key: string
}

/** A request number: what it asked for, and whether that was taken back. */
type Known = { code: string; content: string; answer: JsonObject; isReversed: boolean }

const paths = { prepare: '/prepare', redeem: '/redeem', reverse: '/reverse' }
const toleranceSeconds = 300

const help = `A supplier whose codes are redeemed at tills, by docs/suppliers/http-redeem.md.

POST   /prepare      whether a code may be used; changes nothing
POST   /redeem       uses it; the same requestNo again is answered as the first time
POST   /reverse      takes that back
`

const refusedBecause = (reason: string, message: string): JsonObject => ({ result: 'refused', reason, message })
const refusedWith = (code: string, message: string): JsonObject => ({ result: 'refused', code, message })

const reasons: Record<Exclude<CodeState, 'unused'>, [reason: string, message: string]> = {
  used: ['coupon_redeemed', '券已使用'],
  refunded: ['coupon_voided', '券已退款'],
  expired: ['coupon_expired', '券已过期'],
  early: ['coupon_not_yet_valid', '券未生效'],
  elsewhere: ['coupon_not_redeemable_here', '券不适用于该门店'],
  frozen: ['coupon_frozen', '券已冻结'],
}

const offer = { name: '满100减30', faceValueFen: 3000, settleAmountFen: 2800 }

function check(code: RedeemCode | undefined): JsonObject | undefined {
  if (code === undefined) return refusedBecause('coupon_not_found', '券不存在')
  return code.state === 'unused' ? undefined : refusedBecause(...reasons[code.state])
}

function prepare(codes: RedeemCodes, { code }: JsonObject): JsonObject {
  const no = check(codes.find(code))
  if (no !== undefined) return no
  const validity = { validFrom: '2026-01-01T00:00:00+08:00', validUntil: '2036-01-01T00:00:00+08:00' }
  return { result: 'accepted', memo: `memo of ${String(code).length}`, usesLeft: 1, ...offer, ...validity }
}

type Desk = { codes: RedeemCodes; numbers: Map<string, Known>; now: () => Date }

function redeem({ codes, numbers, now }: Desk, { requestNo, code, shopNo, memo }: JsonObject): JsonObject {
  const no = String(requestNo)
  const content = JSON.stringify([code, shopNo])
  const known = numbers.get(no)
  if (known?.isReversed === true) return refusedWith('reversed', '该请求号已撤销')
  if (known !== undefined) return known.content === content ? known.answer : refusedWith('conflict', '请求号重复')
  if (memo !== `memo of ${String(code).length}`) return refusedWith('memo', 'the memo of prepare is missing')
  const found = codes.find(code)
  const refusal = check(found)
  if (found === undefined || refusal !== undefined) return refusal!
  codes.use(found, no, now())
  const answer = { result: 'accepted', memo: `use of ${no}`, ...offer }
  keep(numbers, no, { code: found.code, content, answer, isReversed: false }, 10_000)
  return answer
}

// A reversal may overtake its redemption, which is then refused.
function reverse({ codes, numbers }: Desk, { requestNo, code }: JsonObject): JsonObject {
  const no = String(requestNo)
  const known = numbers.get(no) ?? { code: String(code), content: '', answer: {}, isReversed: true }
  const found = codes.find(known.code)
  if (found?.usedBy === no) codes.unuse(found)
  keep(numbers, no, { ...known, isReversed: true }, 10_000)
  return { result: 'accepted' }
}

const header = ({ headers }: ServedRequest, name: string): string => String(headers[name] ?? '')

const hmac = (key: string, lines: string[], body: string | Buffer): string =>
  createHmac('sha256', key)
    .update(`${lines.join('\n')}\n`)
    .update(body)
    .digest('hex')

/** The first line that is signed: what is asked, such as `redeem`. */
const operationOf = ({ path }: ServedRequest): string => path.slice(1)

function isSigned({ keyId, key }: HttpRedeemOptions, request: ServedRequest, now: Date): boolean {
  const [timestamp, nonce] = [header(request, 'quanhub-timestamp'), header(request, 'quanhub-nonce')]
  const expected = Buffer.from(hmac(key, [operationOf(request), timestamp, nonce], request.bytes))
  const given = Buffer.from(header(request, 'quanhub-signature'))
  const isFresh = Math.abs(Number(timestamp) - now.getTime() / 1000) <= toleranceSeconds
  const isOurs = header(request, 'quanhub-key-id') === keyId && /^[A-Za-z0-9]{16,64}$/.test(nonce)
  return isFresh && isOurs && given.length === expected.length && timingSafeEqual(given, expected)
}

/** Signed over the nonce of the question, so that an answer is an answer to it. */
function signed(key: string, request: ServedRequest, body: JsonObject, now: Date): Answer {
  const [timestamp, nonce] = [String(Math.floor(now.getTime() / 1000)), header(request, 'quanhub-nonce')]
  const signature = hmac(key, [`${operationOf(request)} answer`, timestamp, nonce], JSON.stringify(body))
  const headers = { 'quanhub-timestamp': timestamp, 'quanhub-nonce': nonce, 'quanhub-signature': signature }
  return { status: 200, body, headers }
}

function act(desk: Desk, request: ServedRequest): JsonObject {
  const body = parseJson(request.text)
  if (!isJsonObject(body) || typeof body.requestNo !== 'string' || typeof body.code !== 'string') {
    return refusedWith('bad_request', 'requestNo and code are to be strings')
  }
  if (request.path === paths.prepare) return prepare(desk.codes, body)
  return request.path === paths.redeem ? redeem(desk, body) : reverse(desk, body)
}

/**
 * Starts a supplier by docs/suppliers/http-redeem.md.
 * @throws where the port is taken.
 */
export async function startHttpRedeem(options: HttpRedeemOptions): Promise<RedeemServer> {
  const { key, now = () => new Date() } = options
  const numbers = new Map<string, Known>()
  const say = (request: ServedRequest, body: JsonObject): Answer => signed(key, request, body, now())
  return startRedeemServer(options, {
    help,
    paths: Object.values(paths),
    act: (request, codes) =>
      isSigned(options, request, now())
        ? say(request, act({ codes, numbers, now }, request))
        : { status: 401, body: { error: 'the signature does not hold' } },
    refusal: (request) => say(request, refusedBecause('limit_exceeded', '超出使用限制')),
    doubt: (request) => say(request, { result: 'unknown', message: '请稍后再问' }),
  })
}
