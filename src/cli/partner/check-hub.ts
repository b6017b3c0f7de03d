import { createLakalaBank, type BankAnswer } from '../../../simulators/lakala-bank.ts'
import { createShoubeiTill, type TillAnswer } from '../../../simulators/shoubei-till.ts'
import type { ErrorCode } from '../../core/command/errors.ts'
import { wordsOf as lakalaWords } from '../../faces/lakala/words.ts'
import { wordsOf as shoubeiWords } from '../../faces/shoubei/words.ts'
import { codeOf } from './advice.ts'
import { ask, makeUnknownNo, notAHub, outcome } from './asking.ts'
import { bad, good, type Finding } from './finding.ts'
import type { LakalaIdentity, ShoubeiIdentity } from './identity.ts'

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
