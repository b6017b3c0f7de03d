import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeOnOneDatabase } from '../support/database.ts'
import { changeSetUp } from '../support/acts.ts'
import { world } from '../support/world.ts'
import { openPartners, type Fields, type Partners } from './partners.ts'
import { codesIn, speakWhale } from './whale-channel.ts'
import { addWhaleApps, erpAppId } from './whale-partner.ts'

describeOnOneDatabase('Orders of Whale’s wire, and what is asked about them', (database) => {
  let partners: Partners
  beforeEach(async () => {
    partners = await openPartners(database())
    await addWhaleApps(partners.core)
  })
  afterEach(() => partners.close())

  const { ask, make, order, verify } = speakWhale(() => partners)
  const ticketsIn = ({ data }: Fields) => (data as { tickets: Fields[] }).tickets.map(({ ticketId }) => ticketId)

  it('are the same under the same number, whatever the request itself is called', async () => {
    const asked = order({ requestId: 'FIRST' })
    const first = await ask('MakeCode', asked)
    const again = await ask('MakeCode', { ...asked, requestId: 'SECOND' })
    expect(codesIn(again)).toEqual(codesIn(first))
    expect(again).toMatchObject({ returnCode: '00', data: { requestId: 'FIRST' } })
  })

  it('are voided once all of their codes are, and hear until then how each code stands', async () => {
    const asked = order({}, { codeNum: 2 })
    const [one, two] = codesIn(await ask('MakeCode', asked))
    await ask('BatchCodeUpdate', { optTag: 'B1', codeArray: [one] })
    const again = await ask('MakeCode', asked)
    expect(again).toMatchObject({
      returnCode: '00',
      data: {
        items: [
          {
            codeDetail: [
              { code: one, status: '05' },
              { code: two, status: '00' },
            ],
          },
        ],
      },
    })
    await ask('BatchCodeUpdate', { optTag: 'B1', codeArray: [two] })
    expect(await ask('MakeCode', asked)).toMatchObject({ returnCode: '16' })
    expect(await ask('MakeQuery', { originalChannelOrderId: asked['saleChannelOrderId'] })).toMatchObject({
      data: { items: [{ codeDetail: [{ status: '05' }, { status: '05' }] }] },
    })
  })

  it('are of tickets that are seen where MakeCode would take them, and not where it would refuse them', async () => {
    const [normal, short, scarce] = [0, 1, 2].map((i) => world.firstTicketId + i)
    expect(ticketsIn(await ask('ChannelTicketQuery', {}))).toEqual([normal, short, scarce])
    const { short: shortId } = world.templates
    await changeSetUp(database(), `update templates set is_enabled = false where id = '${shortId}'`)
    expect(ticketsIn(await ask('ChannelTicketQuery', {}))).toEqual([normal, scarce])
    await changeSetUp(database(), `update activities set starts_at = '2026-04-01'`)
    expect(ticketsIn(await ask('ChannelTicketQuery', {}))).toEqual([])
    expect(await ask('MakeCode', order())).toMatchObject({ returnCode: '21' })
    await changeSetUp(database(), `update activities set starts_at = '2026-02-01', ends_at = '2026-05-01'`)
    const within = { activityValidStart: '20260401000000', activityValidEnd: '20260601000000' }
    expect(ticketsIn(await ask('ChannelTicketQuery', within))).toEqual([normal, scarce])
    expect(ticketsIn(await ask('ChannelTicketQuery', { activityValidStart: '20260501080000' }))).toEqual([])
  })

  it('are told of with the redemptions that were granted, the latest at the top', async () => {
    const saleChannelOrderId = 'SEVERAL'
    const codes = codesIn(await ask('MakeCode', order({ saleChannelOrderId }, { codeNum: 3 })))
    for (const [i, code] of codes.entries()) {
      await verify(code, { requestId: `V-${i}` })
      partners.clock.advance(10)
    }
    await ask('CodeVerifyVoid', { originalRequestId: 'V-0' })
    await database().sql`update redemptions set state = 'failed' where trace_no = 'V-1'`
    const answer = await ask('verifyNotifyQuery', { saleChannelOrderId }, erpAppId)
    expect(answer).toMatchObject({
      returnCode: '00',
      codeNum: 3,
      updateTime: '20260301100020',
      items: [
        { requestId: 'V-2', code: codes[2], isVoided: 'N', verifyTime: '20260301100020' },
        { requestId: 'V-0', code: codes[0], isVoided: 'Y', verifyTime: '20260301100000' },
      ],
    })
  })

  it('have an answer with every name of the document’s table', async () => {
    await make({ saleChannelOrderId: 'TABLE', notifyType: { mobilePhone: '13524121212' }, remark: '备注' })
    const names =
      'notifyId orderId saleChannelId saleChannelOrderId createDate createTime orderMobile codeNum orderExtend ' +
      'isNotify isCanVoid returnCode updateDate updateTime status'
    for (const action of ['makeNotifyQuery', 'verifyNotifyQuery']) {
      const answer = await ask(action, { saleChannelOrderId: 'TABLE' }, erpAppId)
      expect(names.split(' ').filter((name) => answer[name] === undefined)).toEqual([])
      expect(answer).toMatchObject({ createDate: '20260301', createTime: '20260301100000', codeNum: 1 })
    }
  })
})
