import { errorCodes, type ErrorCode } from '../../core/command/errors.ts'
import { isJsonNumber, type JsonObject } from '../../wire/json.ts'
import { adviceFor } from './advice.ts'
import { ask, makeUnknownNo, notAHub, outcome } from './asking.ts'
import { compareWhaleText } from './compare-whale.ts'
import { bad, findingsOf, good, type Finding } from './finding.ts'
import { sendWhale, type WhaleAnswer, type WhaleQuestion } from './send-whale.ts'
import { fieldsOf } from './whale-fields.ts'
import type { WhaleIdentity } from './whale-identity.ts'

export type WhaleHub = {
  url: string
  now: () => Date
  /** Which of our refusals a `returnCode` stands for. */
  codeOf: (returnCode: string) => ErrorCode | undefined
}

/**
 * Sends a partner's own question, or asks about an order that does not exist, and says how everything about the answer
 * is. Where a sandbox refuses the signature and shows its string, the field is named in which that differs.
 */
export async function checkWhaleHub(hub: WhaleHub, identity: WhaleIdentity, own?: WhaleQuestion): Promise<Finding[]> {
  const question = own ?? harmlessQuestion(identity)
  const answered = await ask(hub.url, () => sendWhale(hub.url, identity, question, hub.now), hub.now)
  if ('isGood' in answered) return [answered]
  const { answer, clock } = answered
  const said = returned(answer.told)
  if (said === undefined) return [notAHub(answer)]
  const refusal = own === undefined ? outcomeOf(hub, said, answer) : ownOutcome(hub, said, answer)
  return [...refusal, ...clock, answerSignature(answer, identity)]
}

function harmlessQuestion({ saleChannelId }: WhaleIdentity): WhaleQuestion {
  const no = makeUnknownNo()
  if (saleChannelId === undefined)
    return { action: 'makeNotifyQuery', json: JSON.stringify({ saleChannelOrderId: no }) }
  const fields = { saleChannelId, originalChannelOrderId: no, requestId: no }
  return { action: 'MakeQuery', json: JSON.stringify(fields) }
}

type Returned = { code: string; words: string }

function returned(told: JsonObject | undefined): Returned | undefined {
  const { returnCode, returnMsg, returnDesc } = told ?? {}
  const code = isJsonNumber(returnCode) ? returnCode.numberText : returnCode
  const words = returnMsg ?? returnDesc
  return typeof code === 'string' && typeof words === 'string' ? { code, words } : undefined
}

const outcomeOf = (hub: WhaleHub, said: Returned, answer: WhaleAnswer): Finding[] =>
  expectedFindings(said, answer) ?? outcome(hub.codeOf(said.code), 'order_not_found', `${said.code} ${said.words}`)

function ownOutcome(hub: WhaleHub, said: Returned, answer: WhaleAnswer): Finding[] {
  const words = `${said.code} ${said.words}`
  if (said.code === '00') return [good(`The hub took the signed request and answered: ${words}`)]
  const code = hub.codeOf(said.code)
  const refused = expectedFindings(said, answer) ?? [bad(`The hub refused it: ${words}`)]
  // Beyond these the signature held, and what the hub says is about what was asked.
  if (code !== undefined && errorCodes.indexOf(code) > errorCodes.indexOf('request_replayed'))
    return [good('The hub took the signature.'), ...refused]
  return [...refused, bad(adviceFor(code))]
}

const marker = 'the string to sign is expected to be\n'

/** What differs between the string that a sandbox says it expected and the one that was signed. */
function expectedFindings({ code, words }: Returned, { signedText }: WhaleAnswer): Finding[] | undefined {
  const at = words.indexOf(marker)
  if (at === -1) return undefined
  const expected = words.slice(at + marker.length)
  const refused = bad(`The hub refused the signature: ${code} ${words.slice(0, at).trim()}`)
  const difference = compareWhaleText(fieldsOf(expected), signedText)
  if (difference !== undefined) return [refused, ...findingsOf(difference)]
  return [refused, good('The string to sign is the one that the hub expects.'), bad(adviceFor('bad_signature'))]
}

function answerSignature({ isSignatureValid, told }: WhaleAnswer, { platformPublicKeyPem }: WhaleIdentity): Finding {
  if (platformPublicKeyPem === undefined)
    return bad(
      "The answer's signature is not checked: give the hub's public key, platformPublicKeyPem (--platform-key).",
    )
  if (isSignatureValid === true) return good("The answer's signature holds with platformPublicKeyPem.")
  if (isSignatureValid === undefined && told !== undefined)
    return bad('The answer is not signed: the hub does not know the app_id.')
  return bad(
    "The answer's signature does not hold: platformPublicKeyPem is not the key that the hub signs with now. Ask its operator for the current one.",
  )
}
