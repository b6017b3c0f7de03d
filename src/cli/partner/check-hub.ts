import { randomUUID } from 'node:crypto'
import { createExchangeMerchant, type MerchantAnswer } from '../../../simulators/exchange-merchant.ts'
import { createLakalaBank, type BankAnswer } from '../../../simulators/lakala-bank.ts'
import type { HttpHeaders } from '../../../simulators/post-json.ts'
import { createShoubeiTill, type TillAnswer } from '../../../simulators/shoubei-till.ts'
import type { ErrorCode } from '../../core/command/errors.ts'
import { noSuchMethodWords, wordsOf } from '../../faces/exchange/words.ts'
import { wordsOf as lakalaWords } from '../../faces/lakala/words.ts'
import { wordsOf as shoubeiWords } from '../../faces/shoubei/words.ts'
import { adviceFor, codeOf, bad, good, type Finding } from './finding.ts'
import { clockFinding, unreachable } from './http.ts'
import type { LakalaIdentity, ShoubeiIdentity, ExchangeIdentity } from './identity.ts'

/** A number that no order has; letters and digits, as short as either wire wants it. */
export const makeUnknownNo = (): string => `check${randomUUID().replaceAll('-', '').slice(0, 20)}`

/** How a hub's refusal is told, where one refusal is the right answer to the question. */
export function outcome(code: ErrorCode | undefined, expected: ErrorCode, words: string): Finding[] {
  if (code === expected) return [good(`The hub took the signed request and answered as it must: ${words}`)]
  return [bad(`The hub refused the request: ${words.split('\n')[0]}`), bad(adviceFor(code))]
}

export const notAHub = ({ status, text }: { status: number; text: string }): Finding =>
  bad(`What answers there speaks in no words of this wire (HTTP ${status}: ${text.slice(0, 100)}). Check the address.`)

type Asked<Answer> = { answer: Answer; clock: Finding[] }

/** Asks, and looks at the clocks; a finding alone where nobody answers. */
export async function ask<Answer extends { headers: HttpHeaders }>(
  hubUrl: string,
  question: () => Promise<Answer>,
  now: () => Date,
): Promise<Asked<Answer> | Finding> {
  const asked = now().getTime()
  try {
    const answer = await question()
    const clock = clockFinding(answer.headers, asked, now().getTime())
    return { answer, clock: clock === undefined ? [] : [clock] }
  } catch (error) {
    return bad(unreachable(hubUrl, error))
  }
}

/** Asks a hub, as a bank, about an order that does not exist, and says how everything about the answer is. */
export async function checkLakalaHub(hubUrl: string, identity: LakalaIdentity, now: () => Date): Promise<Finding[]> {
  const bank = createLakalaBank({ hubUrl, ...identity, now })
  const answered = await ask(hubUrl, () => bank.query({ merchantOrderId: makeUnknownNo() }), now)
  if ('isGood' in answered) return [answered]
  const { answer, clock } = answered
  const outer = codeAndWords(answer.body)
  if (outer === undefined) return [notAHub(answer)]
  const code = codeOf((one) => lakalaWords[one].code === outer.code)
  return [...outcome(code, 'order_not_found', `${outer.code} ${outer.words}`), ...clock, lakalaSignature(answer)]
}

function codeAndWords(body: unknown): { code: string; words: string } | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const { code, msg } = body as Record<string, unknown>
  return typeof code === 'string' && typeof msg === 'string' ? { code, words: msg } : undefined
}

function lakalaSignature({ isSignatureValid, headers }: BankAnswer): Finding {
  if (isSignatureValid) return good("The answer's signature holds with platformPublicKeyPem.")
  if (headers['lklapi-signature'] === undefined) {
    return bad('The answer is not signed: the hub does not know the appid, or signed answers are switched off for it.')
  }
  return bad(
    "The answer's signature does not hold: platformPublicKeyPem is not the key that the hub signs with now. Ask its operator for the current one.",
  )
}

/** Asks a hub, as a till, about a redemption that does not exist. (A code that does not exist would count as a guess.) */
export async function checkShoubeiHub(hubUrl: string, identity: ShoubeiIdentity, now: () => Date): Promise<Finding[]> {
  const till = createShoubeiTill({ hubUrl, ...identity, now })
  const answered = await ask(hubUrl, () => till.query({ traceNo: makeUnknownNo() }), now)
  if ('isGood' in answered) return [answered]
  const { answer, clock } = answered
  const words = answer.body?.['return_msg']
  if (typeof words !== 'string') return [notAHub(answer)]
  const code = shoubeiCode(String(answer.body!['return_code']), words)
  return [...outcome(code, 'redemption_not_found', words), ...clock, shoubeiSignature(answer)]
}

// The code stands in `return_code`, or before the words; a refusal of the request as such has its words alone.
function shoubeiCode(returnCode: string, message: string): ErrorCode | undefined {
  const digits = /^\d{4}$/.exec(returnCode)?.[0] ?? /^(\d{4}) /.exec(message)?.[1]
  if (digits !== undefined) return codeOf((code) => shoubeiWords[code].code === digits)
  return codeOf((code) => message.startsWith(shoubeiWords[code].msg))
}

function shoubeiSignature({ isSignatureValid, body }: TillAnswer): Finding {
  if (isSignatureValid) return good("The answer's sign is right.")
  if (body?.['sign'] === undefined) return bad('The answer is not signed: the hub does not know the inst_no.')
  return bad("The answer's sign is wrong: the hub holds another key for this inst_no than the file.")
}

/** Asks a hub, as a merchant, about an order that does not exist, by each type that there is a key for. */
export async function checkExchangeHub(
  hubUrl: string,
  identity: ExchangeIdentity,
  now: () => Date,
): Promise<Finding[]> {
  const findings: Finding[] = []
  if (identity.privateKeyPem !== undefined) findings.push(...(await checkType(hubUrl, identity, 'SHA256-RSA', now)))
  if (identity.md5Key !== undefined) findings.push(...(await checkType(hubUrl, identity, 'MD5', now)))
  return findings
}

type SignType = 'SHA256-RSA' | 'MD5'

async function checkType(hubUrl: string, identity: ExchangeIdentity, signType: SignType, now: () => Date) {
  const { businessId, merchantId, infoPath, privateKeyPem, platformPublicKeyPem, md5Key } = identity
  const keys = signType === 'MD5' ? { md5Key } : { privateKeyPem, platformPublicKeyPem }
  const given = Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined))
  const merchant = createExchangeMerchant({ hubUrl, businessId, merchantId, infoPath, signType, now, ...given })
  const answered = await ask(hubUrl, () => merchant.query({ bizCode: makeUnknownNo() }), now)
  if ('isGood' in answered) return [answered]
  const { answer, clock } = answered
  const said = statusAndWords(answer.body)
  if (said === undefined || said.status === noSuchMethodWords.code) return [notAHub(answer)]
  // Several refusals share a status: the words tell them apart.
  const code = codeOf((one) => wordsOf[one].code === said.status && said.words.startsWith(wordsOf[one].msg))
  const told = outcome(code, 'order_not_found', `${signType}: ${said.status} ${said.words}`)
  return [...told, ...clock, signature(answer, signType)]
}

function statusAndWords(body: unknown): { status: number; words: string } | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const { status, message } = body as Record<string, unknown>
  return typeof status === 'number' && typeof message === 'string' ? { status, words: message } : undefined
}

function signature({ isSignatureValid, headers }: MerchantAnswer, signType: SignType): Finding {
  if (isSignatureValid) return good(`The answer's sign holds (${signType}).`)
  if (headers['sign'] === undefined) return bad('The answer is not signed: the hub does not know the businessId.')
  if (headers['signtype'] !== signType) return bad(`The hub has no key of type ${signType} for this businessId.`)
  const key = signType === 'MD5' ? 'md5Key' : 'platformPublicKeyPem'
  return bad(`The answer's sign does not hold: ${key} is not the key that the hub signs with now. Ask its operator.`)
}
