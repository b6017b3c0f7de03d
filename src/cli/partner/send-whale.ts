import { postJson, type HttpHeaders } from '../../../simulators/post-json.ts'
import { parseJsonObject, type JsonObject } from '../../wire/json.ts'
import { JsonError } from '../../wire/json-string.ts'
import { parsePrivateKey, parsePublicKey, signRsaSha256, verifyRsaSha256 } from '../../wire/rsa.ts'
import { decodeBizContent, encodeBizContent, whaleText } from '../../wire/whale-signature.ts'
import { envelopeFields } from './whale-fields.ts'
import type { WhaleIdentity } from './whale-identity.ts'

/** What is asked: `json` travels in `biz_content` as it is written. */
export type WhaleQuestion = { action: string; json: string }

export type WhaleAnswer = {
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
export async function sendWhale(
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
