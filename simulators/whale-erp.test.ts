import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { request } from 'undici'
import { createWhaleErp } from './whale-erp.ts'
import type { WhaleErp } from './whale-erp.ts'
import { startWhaleReceiver } from './whale-receiver.ts'
import type { WhaleReceiver } from './whale-receiver.ts'

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

// The receiver opens the same envelope, so that it can stand where the hub stands.
let hub: WhaleReceiver
let erp: WhaleErp
beforeAll(async () => {
  hub = await startWhaleReceiver({ platformPublicKeyPem: keys.publicKey })
  erp = createWhaleErp({
    hubUrl: hub.url,
    path: '/whale',
    appId: 'ERP1',
    privateKeyPem: keys.privateKey,
    platformPublicKeyPem: keys.publicKey,
    now: () => new Date('2018-09-05T03:26:00Z'),
  })
})
afterAll(() => hub.close())
beforeEach(() => request(`${hub.url}/inbox`, { method: 'DELETE' }).then(({ body }) => body.dump()))

const told = () => hub.inbox.map(({ path, action, biz, isSignatureValid }) => ({ path, action, biz, isSignatureValid }))
const signed = (action: string, biz: object) => ({ path: '/whale', action, biz, isSignatureValid: true })
const times = { createTime: '20180905112600', updateTime: '20180905112600' }

describe('the ERP', () => {
  it('inserts with the times of its clock in Shanghai where the table requires them, or with those given', async () => {
    await erp.activityInsert({ ebuyActivityId: '2018090500' })
    await erp.saleChanneInsert({ saleChannelName: '中信银行' })
    await erp.templateInsert({ productId: 12345, updateTime: '20180906000000' })
    expect(told()).toEqual([
      signed('activityInsert', { ebuyActivityId: '2018090500', ...times }),
      signed('saleChanneInsert', { saleChannelName: '中信银行', ...times }),
      signed('templateInsert', { productId: 12345, ...times, updateTime: '20180906000000' }),
    ])
  })

  it('sends suppliers, rules and any other action as they are given', async () => {
    await erp.sendChanneInsert({ sendChannelName: '资和信', sendChannelConfig: {} })
    await erp.createRule({ ruleName: '每卡每天一次' })
    await erp.act('noSuchAction', {})
    expect(told()).toEqual([
      signed('sendChanneInsert', { sendChannelName: '资和信', sendChannelConfig: {} }),
      signed('createRule', { ruleName: '每卡每天一次' }),
      signed('noSuchAction', {}),
    ])
  })

  it('asks about notifications by the channel’s order number', async () => {
    await erp.makeNotifyQuery('20180905000', { notifyKind: 'verify' })
    await erp.makeNotifyRetry('20180905000')
    await erp.verifyNotifyQuery('20180905000', { saleChannelId: '10002401' })
    expect(told()).toEqual([
      signed('makeNotifyQuery', { saleChannelOrderId: '20180905000', notifyKind: 'verify' }),
      signed('makeNotifyRetry', { saleChannelOrderId: '20180905000' }),
      signed('verifyNotifyQuery', { saleChannelOrderId: '20180905000', saleChannelId: '10002401' }),
    ])
  })
})
