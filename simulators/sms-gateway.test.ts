import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { request } from 'undici'
import { startSmsGateway } from './sms-gateway.ts'
import type { SmsGateway } from './sms-gateway.ts'

const now = new Date('2018-10-24T07:42:01.000Z')
const message = { requestId: 'r-1', mobile: '13524161800', text: '您的券码 10116574123700278846' }

let gateway: SmsGateway
beforeEach(async () => {
  gateway = await startSmsGateway({ key: 'k-1', now: () => now })
})
afterEach(() => gateway.close())

async function send(body: unknown, authorization = 'Bearer k-1') {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await request(`${gateway.url}/sms`, { method: 'POST', headers: { authorization }, body: text })
  return { status: answer.statusCode, text: await answer.body.text() }
}

const codeOf = async (answer: Promise<{ text: string }>) => (JSON.parse((await answer).text) as { code: string }).code

describe('the gateway for text messages', () => {
  it('sends a message and answers with its number', async () => {
    const { status, text } = await send(message)
    expect(status).toBe(200)
    expect(JSON.parse(text)).toEqual({ code: '00', msg: 'OK', messageId: expect.stringMatching(/^.{36}$/) as string })
    expect(gateway.inbox).toEqual([{ ...message, receivedAt: now }])
  })

  it('answers the same requestId as the first time and sends nothing more', async () => {
    const first = await send(message)
    expect(await send(message)).toEqual(first)
    const other = await send({ ...message, requestId: 'r-2' })
    expect(other.text).not.toBe(first.text)
    expect(gateway.inbox.map(({ requestId }) => requestId)).toEqual(['r-1', 'r-2'])
  })

  it('shows what it sent over HTTP, newest last', async () => {
    await send(message)
    await send({ ...message, requestId: 'r-2' })
    expect(await (await request(`${gateway.url}/inbox`)).body.json()).toEqual([
      { ...message, receivedAt: now.toISOString() },
      { ...message, requestId: 'r-2', receivedAt: now.toISOString() },
    ])
  })

  it.each(['', 'Bearer k-2', 'Bearer', 'k-1', 'Basic k-1'])('lets nobody in who says %j', async (authorization) => {
    const { status, text } = await send(message, authorization)
    expect({ status, code: (JSON.parse(text) as { code: string }).code }).toEqual({ status: 401, code: '02' })
    expect(gateway.inbox).toEqual([])
  })

  it.each([
    ['no JSON', 'oops', 'a JSON object'],
    ['an array', [message], 'a JSON object'],
    ['no requestId', { ...message, requestId: undefined }, 'requestId'],
    ['a requestId of 65 characters', { ...message, requestId: 'r'.repeat(65) }, 'requestId'],
    ['a number for a mobile', { ...message, mobile: 13524161800 }, 'mobile'],
    ['a mobile with letters', { ...message, mobile: '1352416180O' }, 'mobile'],
    ['an empty text', { ...message, text: ' ' }, 'text'],
  ])('refuses %s, naming it', async (_what, body, name) => {
    const { status, text } = await send(body)
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ code: '01', msg: expect.stringContaining(name) as string })
    expect(gateway.inbox).toEqual([])
  })
})

describe('a gateway that was told to fail', () => {
  it.each([
    ['500', '99'],
    ['refuse', '03'],
  ] as const)('sends nothing in mode %s, and the message when it is asked again', async (mode, code) => {
    gateway.setMode({ path: '/sms', mode, times: 1 })
    expect(await codeOf(send(message))).toBe(code)
    expect(gateway.inbox).toEqual([])
    expect(await codeOf(send(message))).toBe('00')
    expect(gateway.inbox).toHaveLength(1)
  })

  it('has sent the message all the same where its answer was garbage, lost or late, and not twice', async () => {
    gateway.setMode({ path: '/sms', mode: 'garbage', times: 1 })
    expect((await send(message)).text).toContain('<html>')
    gateway.setMode({ path: '/sms', mode: 'closed', times: 1 })
    await expect(send(message)).rejects.toThrow()
    gateway.setMode({ path: '/sms', mode: 'slow', milliseconds: 1, times: 1 })
    const late = await send(message)
    expect(await send(message)).toEqual(late)
    expect(gateway.inbox).toHaveLength(1)
  })

  it('refuses a mode that it does not have', () => {
    expect(() => gateway.setMode({ path: '/sms', mode: 'wrong' as 'refuse' })).toThrow(
      '"mode" is to be one of "ok", "500"',
    )
  })
})
