import { postJson, type HttpHeaders } from '../../../simulators/post-json.ts'
import { errorCodes, type ErrorCode } from '../../core/command/errors.ts'
import { isJsonNumber, type JsonObject, parseJsonObject, JsonError } from '../../wire/json.ts'
import { parsePrivateKey, parsePublicKey, signRsaSha256, verifyRsaSha256 } from '../../wire/rsa.ts'
import { decodeBizContent, encodeBizContent, whaleText } from '../../wire/whale-signature.ts'
import { adviceFor, bad, findingsOf, good, type Finding } from './finding.ts'
import { ask, makeUnknownNo, notAHub, outcome } from './check-hub.ts'
import type { WhaleIdentity } from './identity.ts'
import { compareWhaleText } from './whale.ts'
import { fieldsOf, envelopeFields } from './whale-envelope.ts'

type WhaleHub = {
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

/** What is asked: `json` travels in `biz_content` as it is written. */
export type WhaleQuestion = { action: string; json: string }

type WhaleAnswer = {
  status: number
  headers: HttpHeaders
  text: string
  /** The string that was signed. */
  signedText: string
  /** What the hub said: the object in `biz_content`, or the answer itself where it has no envelope. */
  told: JsonObject | undefined
  /** Undefined where the answer has no sign, or there is no key to check it with. */
  isSignatureValid: boolean | undefined
}

/** Signs a question as Whale's envelope 4.0, sends it, and reads the answer. Throws where nothing answers. */
async function sendWhale(
  hubUrl: string,
  identity: WhaleIdentity,
  { action, json }: WhaleQuestion,
  now: () => Date,
): Promise<WhaleAnswer> {
  const unsigned = {
    action,
    app_id: identity.appId,
    biz_content: encodeBizContent(json),
    timestamp: String(Math.floor(now().getTime() / 1000)),
    version: identity.version,
  }
  const signedText = whaleText(unsigned)
  const sign = await signRsaSha256(signedText, parsePrivateKey(identity.privateKeyPem))
  const answer = await postJson(hubUrl, identity.path, JSON.stringify({ ...unsigned, sign }))
  const envelope = readObject(answer.bytes)
  const { status, headers, text } = answer
  const isSignatureValid = await checkSignature(envelope, identity.platformPublicKeyPem)
  return { status, headers, text, signedText, told: toldIn(envelope), isSignatureValid }
}

function toldIn(envelope: JsonObject | undefined): JsonObject | undefined {
  const content = envelope?.['biz_content']
  if (typeof content !== 'string') return envelope
  const bytes = decodeBizContent(content)
  return bytes === undefined ? undefined : readObject(bytes)
}

async function checkSignature(envelope: JsonObject | undefined, pem: string | undefined): Promise<boolean | undefined> {
  const sign = envelope?.['sign']
  if (envelope === undefined || typeof sign !== 'string' || pem === undefined) return undefined
  return verifyRsaSha256(whaleText(envelopeFields(envelope)), sign, parsePublicKey(pem))
}

function readObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    return parseJsonObject(bytes)
  } catch (error) {
    if (error instanceof JsonError) return undefined
    throw error
  }
}
