import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import type { JsonObject } from './json.ts'
import { serve } from './serve.ts'
import type { Serving } from './serve.ts'
import { createTimestamps, createWhaleClient } from './whale-client.ts'
import type { WhaleAct } from './whale-client.ts'
import { openEnvelope, sealEnvelope } from './whale-signature.ts'

const makeKeys = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
const partnerKeys = makeKeys()
const hub = generateKeyPairSync('rsa', { modulusLength: 2048 })
const now = new Date('2018-10-24T07:42:01.500Z')

let hubServer: Serving | undefined
afterEach(async () => {
  await hubServer?.close()
  hubServer = undefined
})

/** A hub reduced to one answer; what it took is kept. */
async function startHub(text: string, status = 200): Promise<{ act: WhaleAct; taken: JsonObject[] }> {
  const taken: JsonObject[] = []
  hubServer = await serve({}, (request, response) => {
    taken.push({ path: request.path, ...(JSON.parse(request.text) as JsonObject) })
    response.writeHead(status).end(text)
  })
  return { act: makeClient(hubServer.url), taken }
}

const makeClient = (hubUrl: string): WhaleAct =>
  createWhaleClient({
    hubUrl,
    path: '/whale',
    appId: '2014072300007148',
    privateKeyPem: partnerKeys.privateKey,
    platformPublicKeyPem: hub.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    now: () => now,
  })

const answer = { returnCode: '00', returnMsg: 'SUCCESS', data: { codeNum: 1 } }
const signedAnswer = JSON.stringify(
  sealEnvelope(
    { action: 'MakeQuery', appId: '2014072300007148', timestamp: '1540366921', version: '4.0', biz: answer },
    hub.privateKey,
  ),
)

describe('a Whale app', () => {
  it('posts its question in an envelope, signed, with the seconds of its clock', async () => {
    const { act, taken } = await startHub(signedAnswer)
    const { sent } = await act('MakeQuery', { requestId: 'r-1', remark: '券', cardNo: undefined })
    const [{ path, ...envelope } = {}] = taken
    expect(path).toBe('/whale')
    expect(envelope).toMatchObject({
      action: 'MakeQuery',
      app_id: '2014072300007148',
      timestamp: '1540366921',
      version: '4.0',
    })
    const { publicKey } = partnerKeys
    expect(openEnvelope(envelope, createPublicKey(publicKey))).toMatchObject({ biz: sent, isSignatureValid: true })
    expect(sent).toEqual({ requestId: 'r-1', remark: '券' })
  })

  it('opens an answer that the hub signed, and believes it', async () => {
    const { act } = await startHub(signedAnswer)
    expect(await act('MakeQuery', {})).toMatchObject({
      status: 200,
      body: answer,
      envelope: JSON.parse(signedAnswer) as JsonObject,
      text: signedAnswer,
      isSignatureValid: true,
    })
  })

  it('hands over an answer that has no envelope, and does not believe it', async () => {
    const { act } = await startHub('{"returnCode":"11","returnMsg":"app_id 不存在"}', 413)
    expect(await act('MakeQuery', {})).toMatchObject({
      status: 413,
      body: { returnCode: '11' },
      isSignatureValid: false,
    })
  })

  it('survives an answer that is no JSON', async () => {
    const { act } = await startHub('<html>bad gateway</html>', 502)
    expect(await act('MakeQuery', {})).toMatchObject({
      status: 502,
      body: undefined,
      envelope: undefined,
      isSignatureValid: false,
    })
  })

  it('says where it knocked when nobody answers', async () => {
    await expect(makeClient('http://127.0.0.1:1')('MakeQuery', {})).rejects.toThrow(
      /^No answer from http:\/\/127\.0\.0\.1:1\/whale \(/,
    )
  })

  it('repeats a question as a new request, unless it is told the time stamp', async () => {
    const { act, taken } = await startHub(signedAnswer)
    for (const how of [{}, {}, { timestampSeconds: 1540366921 }]) await act('MakeQuery', { requestId: 'r-1' }, how)
    await act('MakeQuery', { requestId: 'r-2' })
    expect(taken.map(({ timestamp }) => timestamp)).toEqual(['1540366921', '1540366922', '1540366921', '1540366921'])
    expect(taken[2]).toEqual(taken[0])
  })
})

describe('time stamps', () => {
  it('are the clock’s again once it has moved on', () => {
    let seconds = 100
    const timestampOf = createTimestamps(() => new Date(seconds * 1000))
    expect([timestampOf('a'), timestampOf('a'), timestampOf('a')]).toEqual([100, 101, 102])
    seconds = 200
    expect([timestampOf('a'), timestampOf('b')]).toEqual([200, 200])
  })

  it('forget the question that was asked longest ago, beyond a thousand', () => {
    const timestampOf = createTimestamps(() => new Date(0))
    for (let question = 0; question <= 1000; question += 1) timestampOf(String(question))
    expect([timestampOf('1000'), timestampOf('0')]).toEqual([2, 1])
  })
})
