import { generateKeyPairSync, sign } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { request } from 'undici'
import { startReceiver } from './receiver.ts'
import type { Receiver } from './receiver.ts'

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const platformPublicKeyPem = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const now = new Date('2023-10-25T06:24:22.000Z')
const writeOff = '{"mer_order_id":"20211203092301","tradeStatus":"USED"}'

let receiver: Receiver
beforeEach(async () => {
  receiver = await startReceiver({ platformPublicKeyPem, now: () => now, inboxLimit: 3 })
})
afterEach(() => receiver.close())

const signText = (text: string): string => sign('sha256', Buffer.from(text), keys.privateKey).toString('base64')

const authorize = (body: string): string =>
  `LKLAPI-SHA256withRSA timestamp="1698215062",nonce_str="a1B2c3D4e5F6",signature="${signText(`1698215062\na1B2c3D4e5F6\n${body}\n`)}"`

/** Sends a callback as the hub would, or one whose signature covers other bytes. */
async function tell(path: string, body: string, signed = body): Promise<{ status: number; text: string }> {
  const answer = await request(receiver.url + path, {
    method: 'POST',
    headers: { authorization: authorize(signed) },
    body,
  })
  return { status: answer.statusCode, text: await answer.body.text() }
}

async function control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: string) {
  const answer = await request(receiver.url + path, { method, body: body ?? null })
  return { status: answer.statusCode, text: await answer.body.text() }
}

const success = { status: 200, text: '{"code":"SUCCESS","msg":"处理成功"}' }

describe('the receiver’s inbox', () => {
  it('keeps a write-off callback as it came, with the verdict on its header, and says SUCCESS', async () => {
    expect(await tell('/lakala/used', writeOff)).toEqual(success)
    expect(receiver.inbox).toMatchObject([
      {
        path: '/lakala/used',
        receivedAt: now,
        text: writeOff,
        body: { mer_order_id: '20211203092301', tradeStatus: 'USED' },
        isHeaderSignatureValid: true,
        isBodySignatureValid: null,
        mode: 'ok',
      },
    ])
  })

  it('checks an issue callback twice: the header over its bytes, and the sign within', async () => {
    const signature = signText('amount=30.00&callTradeNo=77&tradeStatus=SUCCESS')
    const fields = { callTradeNo: '77', amount: '30.00', tradeStatus: 'SUCCESS', failMsg: '', signType: 'RSA2' }
    await tell('/lakala/issued', JSON.stringify({ ...fields, sign: signature }))
    await tell('/lakala/issued/branch-7', JSON.stringify({ ...fields, amount: '31.00', sign: signature }))
    await tell('/lakala/issued', 'not JSON')
    expect(receiver.inbox).toMatchObject([
      { isHeaderSignatureValid: true, isBodySignatureValid: true },
      { isHeaderSignatureValid: true, isBodySignatureValid: false },
      { isHeaderSignatureValid: true, isBodySignatureValid: false, body: null },
    ])
  })

  it('reports a bad header signature and answers all the same', async () => {
    expect(await tell('/lakala/used', writeOff, `${writeOff} `)).toEqual(success)
    expect(receiver.inbox).toMatchObject([{ isHeaderSignatureValid: false }])
  })

  it('is read and emptied over HTTP, whole or by path', async () => {
    await tell('/lakala/used', '{"n":1}')
    await tell('/lakala/used/2', '{"n":2}')
    expect(JSON.parse((await control('GET', '/inbox')).text)).toMatchObject([
      { path: '/lakala/used', receivedAt: '2023-10-25T06:24:22.000Z', body: { n: 1 }, isHeaderSignatureValid: true },
      { path: '/lakala/used/2', body: { n: 2 } },
    ])
    expect(JSON.parse((await control('GET', '/inbox?path=/lakala/used/2')).text)).toHaveLength(1)
    await control('DELETE', '/inbox?path=/lakala/used')
    expect(receiver.inbox).toMatchObject([{ path: '/lakala/used/2' }])
    expect(await control('DELETE', '/inbox')).toEqual({ status: 204, text: '' })
    expect(receiver.inbox).toEqual([])
  })

  it('keeps the newest where there is no room for all', async () => {
    for (const n of [1, 2, 3, 4, 5]) await tell('/lakala/used', JSON.stringify({ n }))
    expect(receiver.inbox.map(({ body }) => body)).toEqual([{ n: 3 }, { n: 4 }, { n: 5 }])
  })

  it('refuses a body above a megabyte and keeps nothing of it', async () => {
    expect(await tell('/lakala/used', 'x'.repeat(1024 * 1024 + 1))).toMatchObject({ status: 413 })
    expect(receiver.inbox).toEqual([])
  })
})

describe('waiting for a callback', () => {
  it('finds one that is here already, and one that comes later', async () => {
    await tell('/lakala/used', '{"n":1}')
    expect(await receiver.waitFor(({ path }) => path === '/lakala/used', 5_000)).toMatchObject({ body: { n: 1 } })
    const later = receiver.waitFor(({ text }) => text === '{"n":2}', 5_000)
    await tell('/lakala/used', '{"n":2}')
    expect(await later).toMatchObject({ body: { n: 2 } })
  })

  it('ends with an error when the time is over or the receiver closes', async () => {
    await expect(receiver.waitFor(() => false, 1)).rejects.toThrow('No such callback within 1 ms (0 others')
    const forever = expect(receiver.waitFor(() => false, 60_000)).rejects.toThrow('The receiver was closed')
    await receiver.close()
    await forever
    receiver = await startReceiver({ platformPublicKeyPem })
  })

  it('hands a failing predicate’s error to who waits, not to who sent', async () => {
    const waiting = expect(
      receiver.waitFor(() => {
        throw new Error('a mistake in the test')
      }, 5_000),
    ).rejects.toThrow('a mistake in the test')
    expect(await tell('/lakala/used', writeOff)).toEqual(success)
    await waiting
  })
})

describe('a receiver that was told to fail', () => {
  it.each([
    ['500', 500, '{"code":"FAIL","msg":"系统异常"}'],
    ['wrong', 200, '{"code":"FAIL","msg":"处理失败"}'],
    ['garbage', 200, '<html><body><h1>Welcome</h1></body></html>'],
  ] as const)('answers %s as often as it was told, then it is ok again', async (mode, status, text) => {
    receiver.setMode({ path: '/lakala/used', mode, times: 2 })
    expect(await tell('/lakala/used', writeOff)).toEqual({ status, text })
    expect(await tell('/lakala/issued', writeOff)).toEqual(success)
    expect(await tell('/lakala/used', writeOff)).toEqual({ status, text })
    expect(await tell('/lakala/used', writeOff)).toEqual(success)
    expect(receiver.inbox.map((callback) => callback.mode)).toEqual(['ok', mode, 'ok'])
  })

  it('closes the connection without an answer, and keeps what it was sent', async () => {
    receiver.setMode({ path: '/lakala/used', mode: 'closed' })
    await expect(tell('/lakala/used', writeOff)).rejects.toThrow()
    expect(receiver.inbox).toMatchObject([{ mode: 'closed', isHeaderSignatureValid: true }])
  })

  it('answers late in the end', async () => {
    receiver.setMode({ path: '/lakala/used', mode: 'slow', milliseconds: 1 })
    expect(await tell('/lakala/used', writeOff)).toEqual(success)
  })

  it('does not hold up its own closing by a late answer', async () => {
    receiver.setMode({ path: '/lakala/used', mode: 'slow', milliseconds: 600_000 })
    const abandoned = expect(tell('/lakala/used', writeOff)).rejects.toThrow()
    await receiver.waitFor(() => true, 5_000)
    await receiver.close()
    await abandoned
    receiver = await startReceiver({ platformPublicKeyPem })
  })

  it('takes its modes over HTTP and shows what is left of them', async () => {
    const told = await control('POST', '/mode', '{"path":"/lakala/issued","mode":"500","times":2}')
    expect(told.status).toBe(200)
    await tell('/lakala/issued', '{}')
    expect(JSON.parse((await control('GET', '/mode')).text)).toEqual({
      '/lakala/issued': { mode: '500', times: 1 },
      '/lakala/used': { mode: 'ok' },
    })
  })

  it.each([
    ['{"path":"/lakala/used","mode":"explode"}', '"mode" is to be one of "ok", "500", "slow", "wrong"'],
    ['{"path":"/lakala/used","mode":500}', '"mode" is to be one of'],
    ['{"path":"/lakala/usedup","mode":"ok"}', '"path" is to be /lakala/issued or /lakala/used'],
    ['{"path":"/lakala/used","mode":"slow"}', 'mode "slow" needs "milliseconds"'],
    ['{"path":"/lakala/used","mode":"slow","milliseconds":-1}', '"milliseconds" is to be a whole number'],
    ['{"path":"/lakala/used","mode":"500","times":0}', '"times" is to be a whole number from 1'],
    ['{"path":"/lakala/used","mode":"500","count":2}', '"count" is not known'],
    ['nonsense', 'is to be a JSON object'],
  ])('refuses the mode %s and says why', async (body, reason) => {
    const answer = await control('POST', '/mode', body)
    expect(answer.status).toBe(400)
    expect((JSON.parse(answer.text) as { error: string }).error).toContain(reason)
    expect(JSON.parse((await control('GET', '/mode')).text)).toMatchObject({ '/lakala/used': { mode: 'ok' } })
  })
})

describe('the receiver', () => {
  it('explains itself at its root and elsewhere points there', async () => {
    expect((await control('GET', '/')).text).toContain('POST   /mode')
    expect(await control('GET', '/lakala/used')).toEqual({
      status: 404,
      text: '{"error":"Nothing here for GET /lakala/used: GET / lists what there is."}',
    })
  })

  it('says what to do when its port is taken', async () => {
    const port = Number(new URL(receiver.url).port)
    await expect(startReceiver({ platformPublicKeyPem, port })).rejects.toThrow(/choose another port/)
  })
})
