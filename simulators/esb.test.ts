import { createDecipheriv, generateKeyPairSync, privateDecrypt, constants } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { request } from 'undici'
import { startEsb } from './esb.ts'
import type { Esb, EsbOptions } from './esb.ts'

const now = new Date('2018-11-20T07:52:25.000Z')
let esb: Esb
afterEach(() => esb.close())

const start = async (options: EsbOptions = {}): Promise<Esb> => (esb = await startEsb({ now: () => now, ...options }))

const order = (no: string, key = '') => ({
  saleChannelId: '10002401',
  sendChannelId: '123',
  sendChannelOrderId: no,
  whaleTradeNo: '1',
  channelMid: 'M000001545',
  channelTid: '',
  orderEncryptKey: key,
  createDate: '20181120',
  createTime: '20181120155110',
  items: [
    {
      saleChannelItemId: 'I1',
      ticketId: 9000000010,
      codeNum: 2,
      useTimes: 1,
      validStart: '20181121000000',
      validEnd: '20181201000000',
      faceValue: '000000003000',
      netValue: '000000003000',
    },
  ],
})

type Answer = { returnCode: string; returnMsg: string; data: { items: [{ codeDetail: { code: string }[] }] } }

async function send(path: string, body: unknown): Promise<{ status: number; answer: Answer }> {
  const { statusCode, body: stream } = await request(esb.url + path, { method: 'POST', body: JSON.stringify(body) })
  return { status: statusCode, answer: (await stream.json()) as Answer }
}

const codes = ({ data }: Answer): string[] => data.items[0].codeDetail.map(({ code }) => code)

describe('an ESB', () => {
  it('makes as many codes as asked for, and tells the same again to the same number', async () => {
    await start()
    const first = (await send('/make', order('1'))).answer
    expect(first).toMatchObject({
      returnCode: '00',
      data: { codeNum: 2, createTime: '20181120155225', items: [{ saleChannelItemId: 'I1', itemResultCode: '00' }] },
    })
    expect(new Set(codes(first)).size).toBe(2)
    expect((await send('/make', order('1'))).answer).toEqual(first)
    expect(codes((await send('/make', order('2'))).answer)).not.toEqual(codes(first))
    expect(esb.codesOf('1')).toEqual(codes(first))
  })

  it('refuses what the document does not allow, and names the field', async () => {
    await start()
    const { channelMid: _, ...nobody } = order('1')
    expect((await send('/make', nobody)).answer.returnMsg).toContain('channelMid')
    const items = [{ ...order('1').items[0], faceValue: '3000' }]
    expect((await send('/make', { ...order('1'), items })).answer).toMatchObject({
      returnCode: '01',
      returnMsg: expect.stringContaining('faceValue') as string,
    })
  })

  it('encrypts codes with the 3DES key of the request', async () => {
    await start({ encryptType: '3DES' })
    const key = 'a key of twenty-four by.'
    const [text = ''] = codes((await send('/make', order('1', key))).answer)
    const decryption = createDecipheriv('des-ede3-ecb', key, null)
    expect(decryption.update(text, 'base64', 'utf8') + decryption.final('utf8')).toBe(esb.codesOf('1')[0])
  })

  it('encrypts codes with the RSA key of the request', async () => {
    await start({ encryptType: 'RSA' })
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
    const [text = ''] = codes((await send('/make', order('1', key))).answer)
    const padding = constants.RSA_NO_PADDING
    const block = privateDecrypt({ key: privateKey, padding }, Buffer.from(text, 'base64')).toString('latin1')
    expect(block.split('\0').at(-1)).toBe(esb.codesOf('1')[0])
  })

  it('confirms what it made, refuses what it did not, and says the same again to the same number', async () => {
    await start()
    const [code] = codes((await send('/make', order('1'))).answer)
    expect((await send('/verify', { requestId: 'a', code })).answer.returnCode).toBe('00')
    expect((await send('/verify', { requestId: 'b', code: 'other' })).answer.returnCode).toBe('04')
    expect((await send('/verify', { requestId: 'b', code })).answer.returnCode).toBe('04')
    expect((await send('/notify', { action: 'VerifyCodeNotify' })).answer.returnCode).toBe('00')
  })

  it('shows and forgets over HTTP what arrived, newest last', async () => {
    await start()
    await send('/make', order('1'))
    await send('/verify', { requestId: 'a', code: 'x' })
    const inbox = await (await request(`${esb.url}/inbox`)).body.json()
    expect(inbox).toMatchObject([{ path: '/make', body: order('1'), mode: 'ok' }, { path: '/verify' }])
    await request(`${esb.url}/inbox`, { method: 'DELETE' })
    expect(esb.inbox).toEqual([])
  })
})

describe('an ESB that was told how to answer', () => {
  it('does so as often as it was told, over HTTP as in code', async () => {
    await start()
    await send('/mode', { path: '/make', mode: 'refuse', times: 2 })
    const answers = [await send('/make', order('1')), await send('/make', order('1')), await send('/make', order('1'))]
    expect(answers.map(({ answer }) => answer.returnCode)).toEqual(['03', '03', '00'])
    esb.setMode({ path: '/verify', mode: 'unknown' })
    expect((await send('/verify', { requestId: 'a', code: 'x' })).answer.returnCode).toBe('32')
  })

  it('keeps an order whose answer said too little, or something else', async () => {
    await start()
    const [first = ''] = codes((await send('/make', order('1'))).answer)
    const told: string[][] = []
    for (const mode of ['fewer', 'twice', 'repeated'] as const) {
      esb.setMode({ path: '/make', mode })
      told.push(codes((await send('/make', order('2'))).answer))
    }
    const [a = '', b = ''] = esb.codesOf('2')
    expect(told).toEqual([[b], [a, a], [first, b]])
  })

  it('fails in the ways that servers fail in', async () => {
    await start()
    esb.setMode({ path: '/make', mode: '500' })
    expect((await send('/make', order('1'))).status).toBe(500)
    esb.setMode({ path: '/make', mode: 'garbage' })
    await expect(send('/make', order('1'))).rejects.toThrow('JSON')
    esb.setMode({ path: '/make', mode: 'closed' })
    await expect(send('/make', order('1'))).rejects.toThrow('other side closed')
    esb.setMode({ path: '/make', mode: 'slow', milliseconds: 1 })
    expect((await send('/make', order('1'))).answer.returnCode).toBe('00')
  })

  it('does what it never answers', async () => {
    await start()
    esb.setMode({ path: '/make', mode: 'timeout' })
    const body = JSON.stringify(order('1'))
    const asked = request(`${esb.url}/make`, { method: 'POST', body, signal: AbortSignal.timeout(5000) })
    await esb.waitFor(({ mode }) => mode === 'timeout', 5000)
    expect(esb.codesOf('1')).toHaveLength(2)
    const gone = expect(asked).rejects.toThrow('other side closed')
    await esb.close()
    await gone
    await start()
  })

  it('says which field of a mode is wrong', async () => {
    await start()
    const bad = [
      [{ path: '/elsewhere', mode: 'ok' }, '"path"'],
      [{ path: '/verify', mode: 'fewer' }, '"mode"'],
      [{ path: '/make', mode: 'slow' }, '"milliseconds"'],
      [{ path: '/make', mode: 'ok', times: 0 }, '"times"'],
      [{ path: '/make', mode: 'ok', often: 1 }, '"often"'],
    ]
    for (const [setting, name] of bad) {
      const { status, answer } = await send('/mode', setting)
      expect([status, JSON.stringify(answer)]).toEqual([
        400,
        expect.stringContaining(JSON.stringify(name).slice(1, -1)),
      ])
    }
  })
})
