import { describe, expect, it, test } from 'vitest'
import { messageText } from './protocols.ts'

type Subject = Parameters<typeof messageText>[0]

const subject = (codes: string[], template?: string, channel?: string): Subject =>
  ({
    template: { name: '星巴克30元代金券', settings: { messageText: template } },
    channel: { name: '中信银行', settings: { messageText: channel } },
    activity: { name: '咖啡节' },
    coupon: { validUntil: new Date('2026-04-01T00:00:00+08:00') },
    codes,
  }) as unknown as Subject

describe('the text of a short message', () => {
  it('has the codes and their last second, where nobody wrote another one', () => {
    const words = '您的星巴克30元代金券券码：1、2，有效期至2026-03-31 23:59:59，请妥善保管。'
    expect(messageText(subject(['1', '2']))).toBe(words)
  })

  test.each([
    ['the template’s before the channel’s', 'T {code}', 'C {code}', 'T 1'],
    ['the channel’s where the template has none', undefined, 'C {code}', 'C 1'],
    [
      'every name filled, as often as it is there',
      '{codes}|{codes}|{ticketName}|{channelName}|{activityName}',
      undefined,
      '1、2|1、2|星巴克30元代金券|中信银行|咖啡节',
    ],
    ['other braces as they are', '{x}{constructor}{}{code', undefined, '{x}{constructor}{}{code'],
  ])('is %s', (_, template, channel, text) => {
    expect(messageText(subject(['1', '2'], template, channel))).toBe(text)
  })

  it('does not fill what a filled-in text says', () => {
    expect(messageText(subject(['{ticketName}'], '{code}'))).toBe('{ticketName}')
  })

  it('names as many codes as a gateway takes, and how many there are', () => {
    const codes = Array.from({ length: 100 }, (_, i) => String(i).padStart(32, '0'))
    const text = messageText(subject(codes))
    expect(text.length).toBeLessThanOrEqual(1_000)
    expect(text).toMatch(/^您的星巴克30元代金券券码：0{32}、.*0{30}27等100个，有效期至2026-03-31 23:59:59/)
    expect(messageText(subject(codes.slice(0, 27)))).not.toContain('等')
  })
})
