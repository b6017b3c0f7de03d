import { createServer } from 'node:http'
import type { IncomingHttpHeaders, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { createLakalaBank } from './lakala-bank.ts'
import type { LakalaBank } from './lakala-bank.ts'

const makeKeys = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
const bankKeys = makeKeys()
const hubKeys = makeKeys()
const now = new Date('2023-10-25T06:24:22.000Z')

type Taken = { url: string; headers: IncomingHttpHeaders; body: string }
type Reply = { text: string; isSigned?: boolean; status?: number }

let server: Server | undefined
afterEach(() => server?.close())

const signAnswer = (text: string): Record<string, string> => ({
  'Lklapi-Appid': 'OP1',
  'Lklapi-Serial': 'hub-1',
  'Lklapi-Timestamp': '1698215063',
  'Lklapi-Nonce': 'Z9y8X7w6V5u4',
  'Lklapi-Signature': sign(
    'sha256',
    Buffer.from(`OP1\nhub-1\n1698215063\nZ9y8X7w6V5u4\n${text}\n`),
    hubKeys.privateKey,
  ).toString('base64'),
})

/** A hub as the document describes it, reduced to one answer; what it took is kept. */
async function startHub({ text, isSigned = true, status = 200 }: Reply): Promise<{ bank: LakalaBank; taken: Taken[] }> {
  const taken: Taken[] = []
  const hub = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      taken.push({ url: request.url ?? '', headers: request.headers, body })
      response.writeHead(status, isSigned ? signAnswer(text) : {}).end(text)
    })
  })
  server = hub
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve))
  return { bank: makeBank(`http://127.0.0.1:${(hub.address() as AddressInfo).port}/`), taken }
}

const makeBank = (hubUrl: string): LakalaBank =>
  createLakalaBank({
    hubUrl,
    appid: 'OP1',
    serialNo: '00df',
    privateKeyPem: bankKeys.privateKey,
    platformPublicKeyPem: hubKeys.publicKey,
    ownerId: '80000007',
    activityId: '1100000086',
    issuePath: '/lakala/coupons/issue',
    queryPath: '/lakala/coupons/query',
    memberPrefix: 'AAA',
    now: () => now,
  })

const order = {
  promotionId: 'WX1623452352312523523',
  memberId: 'AAA200154561278',
  openid: 'oKL-mwRzR-SBfI4QDAI1QXOpkyc8',
  merchantOrderId: '20211203092301',
  writeOffNotify: 'https://test.bank.com/notif',
}
const success = '{"msg":"处理成功","code":"000000","data":{"resCode":"000000","trade_status":"SUCCESS"}}'

describe('the bank', () => {
  it('sends the fields of the document’s example, signed over the bytes sent', async () => {
    const { bank, taken } = await startHub({ text: success })
    await bank.issue(order, { nonce: 'a1B2c3D4e5F6', timestampSeconds: 1698215062 })
    const [request] = taken
    expect(request?.url).toBe('/lakala/coupons/issue')
    expect(JSON.parse(request?.body ?? '')).toEqual({
      member_id: 'AAA200154561278',
      activity_id: '1100000086',
      owner_id: '80000007',
      promotion_id: 'WX1623452352312523523',
      channel_openid: 'oKL-mwRzR-SBfI4QDAI1QXOpkyc8',
      mer_order_id: '20211203092301',
      writeOffNotify: 'https://test.bank.com/notif',
    })
    const header = request?.headers.authorization ?? ''
    const start =
      'LKLAPI-SHA256withRSA appid="OP1",serial_no="00df",timestamp="1698215062",nonce_str="a1B2c3D4e5F6",signature="'
    expect(header.startsWith(start)).toBe(true)
    const lines = Buffer.from(`OP1\n00df\n1698215062\na1B2c3D4e5F6\n${request?.body}\n`)
    const signature = Buffer.from(header.slice(start.length, -1), 'base64')
    expect(verify('sha256', lines, bankKeys.publicKey, signature)).toBe(true)
  })

  it('wraps the fields in req_data with its time in Shanghai when asked for the v3 envelope', async () => {
    const { bank, taken } = await startHub({ text: '{"code":"000000","resp_data":{"resCode":"000000"}}' })
    const answer = await bank.issue({ ...order, postNotify: 'https://test.bank.com/post' }, { envelope: 'v3' })
    expect(JSON.parse(taken[0]?.body ?? '')).toMatchObject({
      req_time: '20231025142422',
      version: '3.0',
      req_data: { mer_order_id: '20211203092301', postNotify: 'https://test.bank.com/post' },
    })
    expect(answer.data).toEqual({ resCode: '000000' })
  })

  it('makes up a member, an openid and an order number within the document’s lengths, and says which', async () => {
    const { bank } = await startHub({ text: success })
    const { sent } = await bank.issue({ promotionId: 'P1', writeOffNotify: 'https://test.bank.com/notif' })
    expect(sent['member_id']).toMatch(/^AAA\d{12}$/)
    expect(sent['channel_openid']).toMatch(/^o\d{27}$/)
    expect(sent['mer_order_id']).toMatch(/^20231025142422\d{10}$/)
  })

  it('asks without trade_no where the answer to the order was lost', async () => {
    const { bank, taken } = await startHub({ text: success })
    await bank.query({ merchantOrderId: '20211203092301' })
    await bank.query({ merchantOrderId: '20211203092301', tradeNo: '202112030923010001' })
    const question = { owner_id: '80000007', mer_order_id: '20211203092301', activity_id: '1100000086' }
    expect(taken.map(({ url }) => url)).toEqual(['/lakala/coupons/query', '/lakala/coupons/query'])
    expect(JSON.parse(taken[0]?.body ?? '')).toEqual(question)
    expect(JSON.parse(taken[1]?.body ?? '')).toEqual({ ...question, trade_no: '202112030923010001' })
  })

  it('believes an answer that the hub signed, and hands over its parts', async () => {
    const { bank } = await startHub({ text: success })
    const answer = await bank.issue(order)
    expect(answer).toMatchObject({ status: 200, text: success, isSignatureValid: true })
    expect(answer.body).toEqual(JSON.parse(success))
    expect(answer.data).toEqual({ resCode: '000000', trade_status: 'SUCCESS' })
  })

  it('does not believe an unsigned answer, and survives one that is no JSON', async () => {
    const { bank } = await startHub({ text: '<html>bad gateway</html>', isSigned: false, status: 502 })
    expect(await bank.issue(order)).toMatchObject({
      status: 502,
      body: null,
      data: undefined,
      isSignatureValid: false,
    })
  })

  it('says where it knocked when nobody answers', async () => {
    await expect(makeBank('http://127.0.0.1:1').issue(order)).rejects.toThrow(
      /^No answer from http:\/\/127\.0\.0\.1:1\/lakala\/coupons\/issue \(.+\)\. Is the hub running there\?/,
    )
  })
})
