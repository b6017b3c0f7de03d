import type { FastifyReply } from 'fastify'
import { outboundKey } from '../../core/set-up/app-keys.ts'
import type { HubError } from '../../core/command/errors.ts'
import type { App } from '../../core/set-up/snapshot.ts'
import type { Hub } from '../../hub.ts'
import { signRsaSha256 } from '../../wire/rsa.ts'
import { encodeBizContent, whaleText } from '../../wire/whale-signature.ts'
import type { Asker } from './authenticate.ts'
import { systemErrorWords, wordsOf, type Words } from './words.ts'

export type Business = Record<string, unknown>

/** The code of an answer, as the metrics count it, and its business object. */
export type Answer = { words: { code: string }; business: Business }

type Message = { action: string; version: string; business: Business }

/** Puts a business object into the envelope, signed with the hub's key for the app; without `sign` where there is none. */
export async function sealEnvelope(
  { keyring, now: clock }: Pick<Hub, 'keyring' | 'now'>,
  app: App | undefined,
  { action, version, business }: Message,
): Promise<Record<string, string>> {
  const now = clock()
  const unsigned = {
    action,
    app_id: app?.id ?? '',
    biz_content: encodeBizContent(JSON.stringify(business)),
    timestamp: String(Math.floor(now.getTime() / 1000)),
    version,
  }
  if (app === undefined) return unsigned
  return { ...unsigned, sign: await signRsaSha256(whaleText(unsigned), outboundKey(app, keyring, now).privateKey) }
}

/** Sends an answer in the shape of its question: the envelope, signed where the app is known, or the bare object. */
export async function send(hub: Hub, reply: FastifyReply, asker: Asker, business: Business): Promise<FastifyReply> {
  const { app, actionName: action, version } = asker
  const body = asker.isBare ? business : await sealEnvelope(hub, app, { action, version, business })
  return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(body))
}

/**
 * A refusal. `refusalNo` is there where the hub keeps why: what rules and limits said, under the command's number.
 * @param no the number of the command, where the request got so far.
 */
export function refused(refusal: HubError | undefined, no: string | undefined): Answer {
  const words = refusal === undefined ? systemErrorWords : wordsOf[refusal.code]
  const message = messageOf(words, refusal)
  const business = {
    returnCode: words.code,
    returnMsg: message,
    returnDesc: message,
    ...(refusal?.field === undefined ? {} : { field: refusal.field }),
    ...(refusal?.explanation === undefined || no === undefined ? {} : { refusalNo: no }),
  }
  return { words, business }
}

// What these say is for whoever wrote the request, and names what is wrong with it.
const explained = new Set(['bad_request', 'setup_not_found', 'setup_conflict'])

function messageOf({ msg }: Words, refusal: HubError | undefined): string {
  if (refusal === undefined) return msg
  const { code, words, message, field } = refusal
  if (words !== undefined) return words
  const isExpectedTold = code === 'bad_signature' && message.startsWith('the string to sign')
  if (explained.has(code) || isExpectedTold) return `${msg}: ${message}`
  return field === undefined ? msg : `${msg}(${field})`
}
