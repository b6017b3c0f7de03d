import { randomUUID } from 'node:crypto'
import { controlHelp } from './control.ts'
import { isJsonObject, parseJson } from './json.ts'
import type { JsonObject } from './json.ts'
import { startReceivingServer } from './receiving-server.ts'
import type { Answer, ReceivingOptions, ReceivingServer, Reception } from './receiving-server.ts'
import type { ServedRequest } from './serve.ts'

export type SmsGatewayOptions = ReceivingOptions & {
  /** What callers have to say behind `Authorization: Bearer`. */
  key: string
  now?: () => Date
}

/** `refuse` is HTTP 200 with code 03: nothing was sent. */
export type SmsGatewayMode = (typeof modes)[number]

/** A text message that went out. */
export type SentMessage = { requestId: string; mobile: string; text: string; receivedAt: Date }

export type SmsGateway = ReceivingServer<SentMessage, SmsGatewayMode>

type Message = Omit<SentMessage, 'receivedAt'>

const modes = ['ok', '500', 'slow', 'garbage', 'closed', 'refuse'] as const

const help = `A gateway for text messages that sends none: they end in its inbox.

POST   /sms          {"requestId":"...","mobile":"13524161800","text":"..."}, Authorization: Bearer <key>
                     the same requestId again is answered as the first time, and nothing more is sent
${controlHelp}
Modes for /sms: ok, slow, garbage (HTML) and closed (no answer) send the message, 500 and refuse (code 03) do not.
`

const modeRules = {
  modes,
  paths: ['/sms'],
  isPath: (path: string) => path === '/sms',
  pathHint: '/sms',
  example: '{"path":"/sms","mode":"500","times":2}',
}

const refusal: Answer = { status: 200, body: { code: '03', msg: 'the message was refused' } }
const failure: Answer = { status: 500, body: { code: '99', msg: 'internal error' } }
const wrongKey: Answer = { status: 401, body: { code: '02', msg: 'the key is not known: check Authorization' } }

const isId = (value: unknown): value is string => typeof value === 'string' && /^[\x21-\x7e]{1,64}$/.test(value)
const isMobile = (value: unknown): value is string => typeof value === 'string' && /^\+?[0-9]{5,15}$/.test(value)
const isMessageText = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= 1000

function readMessage(fields: JsonObject): Message | string {
  const { requestId, mobile, text } = fields
  if (!isId(requestId)) return 'requestId is to be 1 to 64 printable ASCII characters without spaces'
  if (!isMobile(mobile)) return 'mobile is to be 5 to 15 digits, a + before them if need be'
  if (!isMessageText(text)) return 'text is to be 1 to 1000 characters'
  return { requestId, mobile, text }
}

/**
 * Whether a message goes out in this mode. A caller that hears nothing, or nothing that it understands, cannot know: then
 * the message is sent, which is the case that its care for the same `requestId` is for.
 */
const isSending = (mode: SmsGatewayMode): boolean => mode !== '500' && mode !== 'refuse'

function createReceive({
  key,
  now = () => new Date(),
}: SmsGatewayOptions): Reception<SentMessage, SmsGatewayMode>['receive'] {
  const answered = new Map<string, Answer>()

  const deliver = (message: Message, mode: SmsGatewayMode): { item: SentMessage | undefined; ok: Answer } => {
    const before = answered.get(message.requestId)
    if (before !== undefined) return { item: undefined, ok: before }
    const ok = { status: 200, body: { code: '00', msg: 'OK', messageId: randomUUID() } }
    if (!isSending(mode)) return { item: undefined, ok }
    answered.set(message.requestId, ok)
    return { item: { ...message, receivedAt: now() }, ok }
  }

  const judge = ({ headers, text }: ServedRequest, mode: SmsGatewayMode): ReturnType<typeof deliver> => {
    if (headers['authorization'] !== `Bearer ${key}`) return { item: undefined, ok: wrongKey }
    const body = parseJson(text)
    const message = isJsonObject(body) ? readMessage(body) : 'the body is to be a JSON object'
    if (typeof message === 'string') return { item: undefined, ok: { status: 200, body: { code: '01', msg: message } } }
    return deliver(message, mode)
  }

  return (request, mode) => {
    const { item, ok } = judge(request, mode)
    return { item, answers: { ok, refusal, failure } }
  }
}

/**
 * Starts a gateway for text messages over HTTP and JSON, which keeps what it was given and answers as it was told to, in
 * code or over HTTP (`GET /` explains). Codes: 00 sent, 01 wrong fields, 02 wrong key (HTTP 401), 03 refused.
 * @throws where the port is taken.
 */
export const startSmsGateway = (options: SmsGatewayOptions): Promise<SmsGateway> =>
  startReceivingServer<SentMessage, SmsGatewayMode>(options, {
    noun: 'message',
    help,
    modes: modeRules,
    isArrival: ({ method, path }) => method === 'POST' && path === '/sms',
    receive: createReceive(options),
  })
