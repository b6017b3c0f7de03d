import type { Config } from '../config.ts'
import {
  messageProtocolKey,
  type CallbackProtocol,
  messageWaitsSeconds,
  type Telling,
} from '../core/notify/callback.ts'
import { callbackProtocols } from '../faces/index.ts'
import type { Keyring } from '../keyring.ts'
import { formatShanghaiDateTime } from '../time/shanghai.ts'
import { parseJsonObject } from '../wire/json.ts'
import { characterCount } from '../wire/text.ts'

/** How everyone is told, by the keys of `protocolKeyOf`: partners in the words of their face, holders by short message. */
export function protocolsOf({ smsUrl, smsKey }: Config): ReadonlyMap<string, CallbackProtocol> {
  const gateway =
    smsUrl === undefined || smsKey === undefined ? undefined : createHttpSmsGateway({ url: smsUrl, key: smsKey })
  return new Map([...callbackProtocols, [messageProtocolKey, smsProtocol(gateway)]])
}

/** Short messages to holders, told like any other notification. Without a gateway each attempt fails, saying so. */
const smsProtocol = (gateway: SmsGateway | undefined): CallbackProtocol => ({
  waitsSeconds: messageWaitsSeconds,
  render: async ({ keyring }, telling) => {
    if (gateway === undefined) throw new Error('there is no gateway for short messages: set QUANHUB_SMS_URL')
    return gateway.request(messageOf(keyring, telling))
  },
  isAccepted: (answer) => gateway?.isAccepted(answer) ?? false,
})

// Named by the notification: an attempt whose answer was lost may have sent it, and the next one must not send another.
function messageOf(keyring: Keyring, telling: Telling): ShortMessage {
  const { notification, order, codes } = telling
  if (order.mobile === null) throw new Error(`order ${order.no} has no number to send a message to`)
  if (codes.length === 0) throw new Error(`order ${order.no} has no codes`)
  return { requestId: notification.no, mobile: keyring.decrypt(order.mobile), text: messageText(telling) }
}

/** One short message. The same `requestId` again is the same message: the gateway sends it once. */
type ShortMessage = { requestId: string; mobile: string; text: string }

/** How short messages leave the hub: what is posted for one, and whether the answer says that it was taken. */
type SmsGateway = {
  request: (message: ShortMessage) => { url: string; headers: Record<string, string>; body: string }
  isAccepted: (answer: { status: number; body: string }) => boolean
}

/** The gateway of `QUANHUB_SMS_URL`: JSON over HTTP, as docs/configuration.md has it. */
function createHttpSmsGateway({ url, key }: { url: string; key: string }): SmsGateway {
  return {
    request: ({ requestId, mobile, text }) => ({
      url,
      headers: { 'content-type': 'application/json; charset=utf-8', authorization: `Bearer ${key}` },
      body: JSON.stringify({ requestId, mobile, text }),
    }),
    isAccepted: ({ status, body }) => status === 200 && codeOf(body) === '00',
  }
}

function codeOf(body: string): unknown {
  try {
    return parseJsonObject(Buffer.from(body.trim()))['code']
  } catch {
    return undefined
  }
}

/** What the holder reads where neither template nor channel has a text. */
const defaultMessageText = '您的{ticketName}券码：{codes}，有效期至{validEnd}，请妥善保管。'

/** What gateways take at most. */
const longestText = 1_000

type Subject = Pick<Telling, 'template' | 'channel' | 'activity' | 'coupon' | 'codes'>

/**
 * The text of an order's short message: {code} is the first code, {codes} are all of them, {validEnd} is the last second
 * in which they are valid. Where all codes would be too long for a message, those that fit are in it, and how many
 * there are. Words in braces that mean nothing stay as they are.
 */
export function messageText(subject: Subject): string {
  const { template, channel, codes } = subject
  const pattern = template.settings.messageText ?? channel.settings.messageText ?? defaultMessageText
  const values = valuesOf(subject)
  const textWith = (shown: number): string => fill(pattern, new Map([...values, ['codes', listOf(codes, shown)]]))
  for (let shown = codes.length; shown > 1; shown--) {
    const text = textWith(shown)
    if (characterCount(text) <= longestText) return text
  }
  return textWith(1)
}

const valuesOf = ({ template, channel, activity, coupon, codes: [code = ''] }: Subject): [string, string][] => [
  ['code', code],
  ['ticketName', template.name],
  ['channelName', channel.name],
  ['activityName', activity.name],
  // The end is the first instant at which the coupon is over, which people would take for a day on which it is valid.
  ['validEnd', coupon === undefined ? '' : formatShanghaiDateTime(new Date(coupon.validUntil.getTime() - 1_000))],
]

const listOf = (codes: string[], shown: number): string =>
  codes.slice(0, shown).join('、') + (shown < codes.length ? `等${codes.length}个` : '')

const fill = (pattern: string, values: ReadonlyMap<string, string>): string =>
  pattern.replaceAll(/\{([a-zA-Z]+)\}/g, (braced, name: string) => values.get(name) ?? braced)
