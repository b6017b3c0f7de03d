import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { request } from 'undici'
import { startWhaleReceiver } from './whale-receiver.ts'
import type { WhaleReceiver } from './whale-receiver.ts'
import { sealEnvelope } from './whale-signature.ts'

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const now = new Date('2018-10-24T07:42:01.000Z')
const biz = { code: '10116574123700278846', ticketName: '星巴克30元代金券' }
const message = { action: 'VerifyCodeNotify', appId: 'C1', timestamp: '1540366921', version: '4.0', biz }
const notification = sealEnvelope(message, keys.privateKey)

let receiver: WhaleReceiver
beforeEach(async () => {
  const platformPublicKeyPem = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  receiver = await startWhaleReceiver({ platformPublicKeyPem, now: () => now })
})
afterEach(() => receiver.close())

async function post(path: string, body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await request(receiver.url + path, { method: 'POST', body: text })
  return { status: answer.statusCode, text: await answer.body.text() }
}

const success = { status: 200, text: '{"returnCode":"00","returnMsg":"SUCCESS"}' }

describe('the receiver of Whale’s notifications', () => {
  it('keeps what comes on any path, opened, with the verdict on its signature', async () => {
    expect(await post('/', notification)).toEqual(success)
    expect(await post('/verify/branch-7', { ...notification, action: 'MakeVoidNotify' })).toEqual(success)
    expect(await post('/verify', 'not JSON')).toEqual(success)
    expect(receiver.inbox).toEqual([
      {
        path: '/',
        receivedAt: now,
        action: 'VerifyCodeNotify',
        biz,
        text: JSON.stringify(notification),
        isSignatureValid: true,
        mode: 'ok',
      },
      expect.objectContaining({ path: '/verify/branch-7', action: 'MakeVoidNotify', biz, isSignatureValid: false }),
      expect.objectContaining({ action: null, biz: null, text: 'not JSON', isSignatureValid: false }),
    ])
  })

  it('shows what arrived over HTTP, newest last', async () => {
    await post('/a', notification)
    await post('/b', notification)
    const inbox = await (await request(`${receiver.url}/inbox`)).body.json()
    expect(inbox).toMatchObject([
      { path: '/a', action: 'VerifyCodeNotify', biz, isSignatureValid: true, receivedAt: now.toISOString() },
      { path: '/b' },
    ])
    expect(await (await request(`${receiver.url}/inbox?path=/b`)).body.json()).toHaveLength(1)
  })

  it('tells who waits for a notification when it comes', async () => {
    const waiting = receiver.waitFor(({ action }) => action === 'VerifyCodeNotify', 5_000)
    await post('/a', notification)
    expect(await waiting).toMatchObject({ biz })
    await expect(receiver.waitFor(({ path }) => path === '/b', 1)).rejects.toThrow('No such notification within 1 ms')
  })

  it.each([
    ['500', 500, '{"returnCode":"99","returnMsg":"系统异常"}'],
    ['wrong', 200, '{"returnCode":"99","returnMsg":"处理失败"}'],
    ['garbage', 200, '<html><body><h1>Welcome</h1></body></html>'],
  ] as const)(
    'answers %s on one path as often as it was told, and keeps the notification',
    async (mode, status, text) => {
      receiver.setMode({ path: '/a', mode, times: 1 })
      expect(await post('/b', notification)).toEqual(success)
      expect(await post('/a', notification)).toEqual({ status, text })
      expect(await post('/a', notification)).toEqual(success)
      expect(receiver.inbox.map((one) => one.mode)).toEqual(['ok', mode, 'ok'])
    },
  )

  it('closes the connection, or answers late', async () => {
    receiver.setMode({ path: '/a', mode: 'closed', times: 1 })
    await expect(post('/a', notification)).rejects.toThrow()
    receiver.setMode({ path: '/a', mode: 'slow', milliseconds: 1 })
    expect(await post('/a', notification)).toEqual(success)
    expect(receiver.inbox).toHaveLength(2)
  })

  it('takes its modes over HTTP, and says what is wrong with one', async () => {
    expect(await post('/mode', { path: '/a', mode: '500', times: 2 })).toMatchObject({
      status: 200,
      text: '{"/a":{"mode":"500","times":2}}',
    })
    const { status, text } = await post('/mode', { path: '/mode', mode: '500' })
    expect(status).toBe(400)
    expect(text).toContain('is to be the path of a notification address')
    expect(receiver.inbox).toEqual([])
  })
})
