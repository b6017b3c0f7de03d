import type { Telling } from '../core/notify/callback.ts'
import { characterCount } from '../wire/text.ts'
import { formatShanghaiDateTime } from '../time/shanghai.ts'

/** What the holder reads where neither template nor channel has a text. */
export const defaultMessageText = '您的{ticketName}券码：{codes}，有效期至{validEnd}，请妥善保管。'

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
