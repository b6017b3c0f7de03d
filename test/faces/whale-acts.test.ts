import { afterEach, beforeEach, expect, it } from 'vitest'
import { shoubeiPaths } from '../../src/faces/shoubei/index.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { addPool } from './pool.ts'
import { openPartners, type Fields, type Partners } from './partners.ts'
import { speakWhale } from './whale-channel.ts'
import { addWhaleApps } from './whale-partner.ts'

describeOnOneDatabase('What a channel of Whale’s wire takes back and changes', (database) => {
  let partners: Partners
  beforeEach(async () => {
    partners = await openPartners(database())
    await addWhaleApps(partners.core)
  })
  afterEach(() => partners.close())

  const { ask, make, verify } = speakWhale(() => partners)
  const states = async (): Promise<string[]> =>
    (await database().sql<{ state: string }[]>`select state from coupons order by created_at, serial`).map(
      ({ state }) => state,
    )
  const changedTold = async (): Promise<number> =>
    (await database().sql<{ n: number }[]>`select count(*)::int as n from notifications where kind = 'changed'`)[0]!.n

  it('is what it redeemed itself: what a till redeemed over another wire is not found', async () => {
    const code = await make()
    const redeemed = await partners.till(shoubeiPaths.wf, { coupon_code: code, wf_trace_no: 'T1' })
    const orderNo = redeemed.body['order_no']
    expect(await ask('CodeVerifyVoid', { orderNo })).toMatchObject({ returnCode: '51' })
    expect(await ask('CodeVerifyVoid', { orderNo, code })).toMatchObject({ returnCode: '51' })
    expect(await states()).toEqual(['redeemed'])
    const own = await verify(await make())
    expect(await ask('CodeVerifyVoid', { orderNo: own['orderNo'] })).toMatchObject({ status: 'CANCELLED' })
  })

  it('is a redemption that has not come yet, whether or not its code is said: it is refused when it comes', async () => {
    const code = await make()
    const asked = { originalRequestId: 'LATE', code }
    const first = await ask('CodeVerifyVoid', asked)
    expect(first).toMatchObject({ returnCode: '00', status: 'CANCELLED', orderNo: '' })
    expect(await ask('CodeVerifyVoid', asked)).toMatchObject({ returnCode: '00', voidTime: first['voidTime'] })
    expect(await verify(code, { requestId: 'LATE' })).toMatchObject({ returnCode: '15' })
    expect((await verify(code, { requestId: 'OTHER' }))['returnCode']).toBe('00')
  })

  it('is nothing where the code said is another than the one redeemed', async () => {
    const [one, two] = [await make(), await make()]
    await verify(one, { requestId: 'ONE' })
    expect(await ask('CodeVerifyVoid', { originalRequestId: 'ONE', code: two })).toMatchObject({ returnCode: '51' })
    expect(await ask('CodeVerifyVoid', { originalRequestId: 'ONE', code: one })).toMatchObject({ returnCode: '00' })
  })

  it('stands in the audit under the coupon’s reference, which tells nothing of its code', async () => {
    await partners.changeSetup((tx) => addPool(tx, partners.core.hub.keyring, ['ABCD1234']))
    const code = await make({}, { ticketId: 78 })
    expect(code).toBe('ABCD1234')
    await ask('BatchCodeUpdate', { optTag: 'B2', codeArray: [code] })
    const acts = await database().sql`
      select subject_id = lane || '/' || source_id || '/' || serial as is_reference, audit::text as text
      from audit, coupons where subject_kind = 'coupon'`
    expect(acts).toMatchObject([{ isReference: true }])
    expect(acts[0]!['text']).not.toMatch(/ABCD|1234/)
  })

  it('is all of its codes or none where it says so, and each code is told why', async () => {
    const [one, two, used] = [await make(), await make(), await make()]
    await verify(used)
    const asked = { optTag: 'B1', supportPartial: 'N', callBackUrl: 'http://127.0.0.1:9/changed' }
    const before = await states()
    const none = await ask('BatchCodeUpdate', { ...asked, codeArray: [one, used, 'NOBODYS', two] })
    expect(none).toMatchObject({ returnCode: '43', data: { totalCodeNum: 4, successCodeNum: 0 } })
    const { codeArray } = none['data'] as { codeArray: Fields[] }
    expect(codeArray.map(({ returnCode }) => returnCode)).toEqual(['50', '43', '41', '50'])
    expect(codeArray.map(({ status }) => status)).toEqual(['00', '01', null, '00'])
    expect(await states()).toEqual(before)
    const all = await ask('BatchCodeUpdate', { ...asked, codeArray: [one, two] })
    expect(all).toMatchObject({ returnCode: '00', data: { totalCodeNum: 2, successCodeNum: 2 } })
    expect((await states()).filter((state) => state === 'voided')).toHaveLength(2)
    expect(await changedTold()).toBe(2)
  })

  it('is not changed where its notification cannot be written, and not told where it is not changed', async () => {
    const code = await make()
    const asked = { optTag: 'B2', codeArray: [code], callBackUrl: 'http://127.0.0.1:9/changed' }
    const { sql } = database()
    await sql`alter table notifications add constraint no_changed check (kind <> 'changed') not valid`
    expect((await ask('BatchCodeUpdate', asked))['returnCode']).not.toBe('00')
    expect([await states(), await changedTold()]).toEqual([['issued'], 0])
    await sql`alter table notifications drop constraint no_changed`
    expect((await ask('BatchCodeUpdate', asked))['returnCode']).toBe('00')
    expect([await states(), await changedTold()]).toEqual([['frozen'], 1])
  })
})
