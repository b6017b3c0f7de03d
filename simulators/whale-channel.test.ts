import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWhaleChannel } from './whale-channel.ts'
import type { WhaleChannel } from './whale-channel.ts'
import { startWhaleReceiver } from './whale-receiver.ts'
import type { WhaleReceiver } from './whale-receiver.ts'

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
const storeInfo = { cityId: '310100', tid: '66000001', mid: '851811130002', shopNo: '862010110001' }

// The receiver opens the same envelope, so that it can stand where the hub stands.
let hub: WhaleReceiver
let channel: WhaleChannel
beforeAll(async () => {
  hub = await startWhaleReceiver({ platformPublicKeyPem: keys.publicKey })
  channel = createWhaleChannel({
    hubUrl: hub.url,
    path: '/whale',
    appId: 'C1',
    privateKeyPem: keys.privateKey,
    platformPublicKeyPem: keys.publicKey,
    saleChannelId: '10002401',
    storeInfo,
    now: () => new Date('2018-10-24T07:42:01Z'),
  })
})
afterAll(() => hub.close())

const last = () => {
  const { action, biz, isSignatureValid } = hub.inbox.at(-1) ?? {}
  return { action, biz, isSignatureValid }
}
const signed = (action: string, biz: object) => ({ action, biz, isSignatureValid: true })
const makeFundsChannel = { channelBenefit: 0, merchantBenefit: 500, userRealAmount: 2500 }
const requestId = expect.stringMatching(/^[0-9a-f]{32}$/) as string

describe('the channel', () => {
  it('orders codes with the fields of the document’s example', async () => {
    const order = {
      saleChannelOrderId: '20181024154201',
      requestId: '20181024154201',
      remark: '星巴克',
      notifyType: { mobilePhone: '13524161800' },
    }
    const item = { saleChannelItemId: '20181024154201', commissionDate: '1', validDays: 10, codeNum: 2, ticketId: 1 }
    const { sent } = await channel.makeCode({ ...order, item: { ...item, makeFundsChannel } })
    expect(last()).toEqual(
      signed('MakeCode', { saleChannelId: '10002401', ...order, item: { ...item, makeFundsChannel } }),
    )
    expect(last().biz).toEqual(sent)
  })

  it('makes up order and request numbers within the wire’s lengths, and orders one code that is valid at once', async () => {
    await channel.makeCode({ item: { ticketId: '9000000010', makeFundsChannel } })
    const number = expect.stringMatching(/^20181024154201\d{10}$/) as string
    expect(last()).toEqual(
      signed('MakeCode', {
        saleChannelId: '10002401',
        saleChannelOrderId: number,
        requestId,
        item: {
          saleChannelItemId: number,
          ticketId: '9000000010',
          commissionDate: '0',
          validDays: 10,
          codeNum: 1,
          makeFundsChannel,
        },
      }),
    )
  })

  it('redeems at its own shop unless another is named, and checks goods where there are some', async () => {
    const given = { code: '10116574123700278846', cashTotalAmount: 3000 }
    await channel.codeVerify(given)
    const made = {
      saleChannelId: '10002401',
      verifyScene: 'offline',
      isProductCheck: 'N',
      requestId,
      refNo: expect.stringMatching(/^\d{12}$/) as string,
      cashierTransNo: expect.stringMatching(/^20181024154201\d{6}$/) as string,
      storeInfo,
    }
    expect(last()).toEqual(signed('CodeVerify', { ...made, ...given }))
    const goodsDetail = [{ sku: '111', qty: 2, price: 1500, type: 'coffee', spec: 'L' }]
    const more = { ...given, goodsDetail, storeInfo: { shopNo: '2' }, requestId: 'r-1', cardNo: '6225620000008888' }
    await channel.codeVerify(more)
    expect(last()).toEqual(signed('CodeVerify', { ...made, ...more, isProductCheck: 'Y' }))
  })

  it('asks, voids and changes codes in its own name', async () => {
    const own = { saleChannelId: '10002401', requestId }
    await channel.makeQuery({ originalChannelOrderId: '20181024154201' })
    expect(last()).toEqual(signed('MakeQuery', { ...own, originalChannelOrderId: '20181024154201' }))
    await channel.codeVerifyQuery({ originalRequestId: 'r-1', originalDate: '20181024' })
    expect(last()).toEqual(signed('CodeVerifyQuery', { ...own, originalRequestId: 'r-1', originalDate: '20181024' }))
    await channel.codeVerifyVoid({ originalRequestId: 'r-1' })
    expect(last()).toEqual(signed('CodeVerifyVoid', { ...own, originalRequestId: 'r-1', storeInfo }))
    await channel.batchCodeUpdate({ optTag: 'B1', codeArray: ['1', '2'], callBackUrl: 'https://test.bank.com/n' })
    expect(last()).toEqual(
      signed('BatchCodeUpdate', {
        ...own,
        optTag: 'B1',
        codeArray: ['1', '2'],
        callBackUrl: 'https://test.bank.com/n',
      }),
    )
    await channel.channelTicketQuery({ activityValidStart: '20181001000000' })
    expect(last()).toEqual(
      signed('ChannelTicketQuery', { saleChannelId: '10002401', activityValidStart: '20181001000000' }),
    )
  })

  it('fills nothing in where an action is named by hand', async () => {
    await channel.act('MakeCode', { saleChannelId: '' })
    expect(last()).toEqual(signed('MakeCode', { saleChannelId: '' }))
  })
})
