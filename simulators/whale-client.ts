import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { JsonObject } from './json.ts'
import { postJson } from './post-json.ts'
import type { HttpHeaders } from './post-json.ts'
import { openEnvelope, sealEnvelope } from './whale-signature.ts'

/** Which app this is and where its hub listens. */
export type WhaleClientOptions = {
  hubUrl: string
  path: string
  appId: string
  privateKeyPem: string
  platformPublicKeyPem: string
  /** 4.0 where absent. */
  version?: string
  /** The partner's own clock; the machine's where absent. */
  now?: () => Date
}

/** The hub's answer; `sent` has the business fields as they went out, made-up ones included. */
export type WhaleAnswer = {
  status: number
  headers: HttpHeaders
  text: string
  /** The answer as it came; undefined where it was no JSON object. */
  envelope: JsonObject | undefined
  /** The business object of the answer; of an answer without `biz_content` (the hub does not know the app) all of it. */
  body: JsonObject | undefined
  isSignatureValid: boolean
  sent: JsonObject
}

/** A time stamp given is sent as it is, so that a replay can be played. */
export type WhaleCallOptions = { timestampSeconds?: number }

/** Says something to the hub in a signed envelope; undefined fields are left out. */
export type WhaleAct = (action: string, biz: JsonObject, how?: WhaleCallOptions) => Promise<WhaleAnswer>

const questionsRemembered = 1000

/**
 * Gives each question a time stamp that it did not have before. Whale has no nonce and RSA signs the same text alike:
 * the same question twice within a second would be one and the same request, a replay.
 */
export function createTimestamps(now: () => Date): (question: string) => number {
  const last = new Map<string, number>()
  return (question) => {
    const seconds = Math.max(Math.floor(now().getTime() / 1000), (last.get(question) ?? 0) + 1)
    last.delete(question)
    last.set(question, seconds)
    const [oldest] = last.keys()
    if (last.size > questionsRemembered && oldest !== undefined) last.delete(oldest)
    return seconds
  }
}

const withoutAbsent = (fields: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/**
 * An app that talks to a hub over Whale's envelope 4.0. It signs with its own signer and checks each answer with its own
 * verifier; an answer without signature is handed over with `isSignatureValid` false.
 * @throws where one of the two keys is no PEM key; the call throws where nothing answers at `hubUrl`.
 */
export function createWhaleClient(options: WhaleClientOptions): WhaleAct {
  const { hubUrl, path, appId, version = '4.0', now = () => new Date() } = options
  const privateKey = createPrivateKey(options.privateKeyPem)
  const platformKey = createPublicKey(options.platformPublicKeyPem)
  const timestampOf = createTimestamps(now)

  return async (action, biz, how = {}) => {
    const sent = withoutAbsent(biz)
    const timestamp = String(how.timestampSeconds ?? timestampOf(`${action} ${JSON.stringify(sent)}`))
    const envelope = sealEnvelope({ action, appId, timestamp, version, biz: sent }, privateKey)
    const answer = await postJson(hubUrl, path, JSON.stringify(envelope))
    const opened = openEnvelope(answer.body, platformKey)
    const isBare = opened.envelope !== undefined && opened.envelope['biz_content'] === undefined
    return {
      status: answer.status,
      headers: answer.headers,
      text: answer.text,
      envelope: opened.envelope,
      body: isBare ? opened.envelope : opened.biz,
      isSignatureValid: opened.isSignatureValid,
      sent,
    }
  }
}
