import { beforeEach, expect, it, test } from 'vitest'
import { inboundKeys, outboundKey } from '../../src/core/set-up/app-keys.ts'
import type { Core } from '../../src/core/core.ts'
import { addMerchant } from '../../src/core/back-office/merchants.ts'
import { pairKey } from '../../src/core/set-up/snapshot.ts'
import { switchSetup } from '../../src/core/back-office/switch.ts'
import type { Action } from '../../src/faces/whale/actions/action.ts'
import { activityInsert } from '../../src/faces/whale/actions/activityInsert.ts'
import { createRule } from '../../src/faces/whale/actions/createRule.ts'
import { saleChanneInsert } from '../../src/faces/whale/actions/saleChanneInsert.ts'
import { sendChanneInsert } from '../../src/faces/whale/actions/sendChanneInsert.ts'
import { templateInsert } from '../../src/faces/whale/actions/templateInsert.ts'
import { createClock, type TestClock } from '../support/clock.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { testKeys } from '../support/keys.ts'
import { item, rawRule } from '../support/rules.ts'
import { issueCommand, openTestHub, world } from '../support/world.ts'
import { erpAppId, openErp } from './whale-erp.ts'

type Fields = Record<string, unknown>

const operator = { name: 'test', reason: undefined }
const tripleDesKey = '0123456789abcdeffedcba9876543210'

const channel: Fields = {
  saleChannelName: '中信银行',
  remark: '备注信息',
  createTime: '20260301090000',
  updateTime: '20260301090000',
  saleChannelConfig: { verifyNotifyURL: 'https://bank.example.com/told', team: 7 },
}
const supplier: Fields = {
  sendChannelName: '资和信',
  sendChannelConfig: { thirdChannelNo: 'M000001545', makeCodeURL: 'https://esb.example.com/make' },
}
const own: Fields = { sendChannelName: '自有码', isActive: 'Y', sendChannelConfig: { remark: 'ours' } }
const template = (sendChannelId: unknown): Fields => ({
  templateName: 'COSTA30元代金券',
  sendChannelId,
  brandId: 686,
  productId: 12345,
  ticketType: 1,
  sendType: 1,
  faceValue: '000000003000',
  createTime: '20260301090000',
  updateTime: '20260301090000',
})
const activity = (saleChannelId: unknown): Fields => ({
  activityName: '中信电子凭证活动',
  ebuyActivityId: '2018090500',
  saleChannelId,
  validStart: '20260201000000',
  validEnd: '20270201000000',
  createTime: '20260301090000',
  updateTime: '20260301090000',
})
const rule: Fields = rawRule(
  'CardNoLimit',
  { limitWay: 'Q', limitType: 'B', limitItems: [item('6225880000008888')] },
  { ruleSceneItemKey: world.activityId },
)

describeOnOneDatabase('the back office of Whale’s wire', (database) => {
  let clock: TestClock
  let core: Core
  let erp: Awaited<ReturnType<typeof openErp>>
  beforeEach(async () => {
    clock = createClock()
    core = (await openTestHub(database(), { now: clock.now, config: { isSandbox: false } })).core
    erp = await openErp(core)
  })
  const now = () => core.setup.current()
  const channelIdOf = async (fields = channel) => String((await erp.act(saleChanneInsert, fields))['saleChannelId'])
  const supplierIdOf = async (fields = own) => (await erp.act(sendChanneInsert, fields))['sendChannelId'] as number
  const countOf = async (table: string) =>
    (await database().sql.unsafe<{ n: number }[]>(`select count(*)::int as n from ${table}`))[0]!.n

  test('an ERP sets up all that a channel needs to be issued coupons', async () => {
    const saleChannelId = await channelIdOf()
    await erp.act(templateInsert, template(await supplierIdOf()))
    const config = { productIds: ['12345'], verifyNotifyURL: 'https://bank.example.com/activity' }
    const answer = await erp.act(activityInsert, { ...activity(saleChannelId), activityConfig: config })
    expect(answer).toEqual({ returnCode: '00', returnMsg: 'SUCCESS' })
    expect(now().activities.get('2018090500')).toMatchObject({
      name: '中信电子凭证活动',
      startsAt: new Date('2026-02-01T00:00:00+08:00'),
      settings: { channelId: saleChannelId, verifyNotifyUrl: 'https://bank.example.com/activity' },
    })
    expect(now().templates.get('12345')).toMatchObject({
      faceValueFen: 3000,
      redeemableAt: { kind: 'brand', brand: '686' },
      validForSeconds: 30 * 86_400,
      settings: { ticketType: 1 },
    })
    const order = { face: 'whale', appId: saleChannelId, channelId: saleChannelId }
    const command = issueCommand(clock.now(), { ...order, activityId: '2018090500', templateId: '12345' })
    expect((await core.issue(command)).coupons[0]!.code).toMatch(/^[0-9]{16}$/)
  })

  test('the three inserts with a till’s table answer all of it, and the id twice', async () => {
    const till = { returnCode: '00', returnMsg: 'SUCCESS', returnDesc: 'SUCCESS', transDate: '20260301100000' }
    const nothing = { rightsTimes: 0, moneyBalance: 0, pointBalance: 0 }
    const traceNo = expect.stringMatching(/^[0-9]{10,32}$/) as unknown
    const expected = { ...till, ...nothing, traceNo }
    const sale = await erp.act(saleChanneInsert, channel)
    expect(sale).toEqual({ ...expected, orderNo: '10000001', saleChannelId: '10000001' })
    const send = await erp.act(sendChanneInsert, own)
    expect(send).toEqual({ ...expected, orderNo: '10000001', sendChannelId: 10_000_001 })
    const made = await erp.act(templateInsert, template('10000001'))
    expect(made).toEqual({ ...expected, orderNo: '12345', productId: 12_345 })
  })

  const inserts: [string, Action, () => Promise<Fields>, (fields: Fields) => Fields][] = [
    ['activityInsert', activityInsert, async () => activity(world.channelId), (f) => ({ ...f, activityName: 'Other' })],
    ['saleChanneInsert', saleChanneInsert, async () => channel, (f) => ({ ...f, remark: 'Other' })],
    ['sendChanneInsert', sendChanneInsert, async () => own, (f) => ({ ...f, sendChannelConfig: { remark: 'other' } })],
    [
      'templateInsert',
      templateInsert,
      async () => template((await erp.act(sendChanneInsert, { ...own, sendChannelName: 'any' }))['sendChannelId']),
      (f) => ({ ...f, templateName: 'Other' }),
    ],
    ['createRule', createRule, async () => rule, (f) => ({ ...f, messageTpl: 'other' })],
  ]

  it.each(inserts)('%s: the same again hears the first answer and changes nothing', async (_, action, fieldsOf) => {
    const fields = await fieldsOf()
    const first = await erp.act(action, fields)
    clock.advance(60)
    const repeat = { ...fields, createTime: '20260301100100', updateTime: '20260301100100' }
    const audited = await countOf('audit')
    expect(await erp.act(action, repeat)).toEqual(first)
    expect(await erp.act(action, fields)).toEqual(first)
    expect(await countOf('audit')).toBe(audited)
  })

  it.each(inserts)('%s: other content is an update where it is newer', async (_, action, fieldsOf, changed) => {
    const fields = await fieldsOf()
    await erp.act(action, { ...fields, updateTime: '20260301100000' })
    const other = changed(fields)
    const stale = await erp.refused(action, { ...other, updateTime: '20260301100000' })
    expect(stale).toMatchObject({ code: 'setup_conflict', field: 'updateTime' })
    const answer = await erp.act(action, { ...other, updateTime: '20260301100001' })
    expect(answer).toMatchObject({ returnCode: '00' })
    expect(await erp.act(action, { ...other, updateTime: '20260301100001' })).toEqual(answer)
    expect((await erp.refused(action, { ...fields, updateTime: '20260301100000' })).code).toBe('setup_conflict')
  })

  it.each(inserts)('%s: a replayed request is refused, whatever it would answer', async (_, action, fieldsOf) => {
    const fields = await fieldsOf()
    await erp.act(action, fields, 'one signature')
    expect(await erp.refused(action, fields, 'one signature')).toMatchObject({ code: 'request_replayed' })
  })

  test('a refusal writes nothing, so that the same signature may come again', async () => {
    const tables = ['audit', 'nonces', 'activities']
    const before = await Promise.all(tables.map(countOf))
    await erp.refused(activityInsert, activity('nobody'), 'one signature')
    expect(await Promise.all(tables.map(countOf))).toEqual(before)
    await erp.act(activityInsert, activity(world.channelId), 'one signature')
  })

  test('what an ERP wrote is kept by the types of the tables, and its acts are in the audit under its name', async () => {
    const given = {
      ...template(String(await supplierIdOf())),
      templateConfig: { stock: '10', colour: 'red', none: '' },
    }
    await erp.act(templateInsert, given)
    const { written } = now().templates.get('12345') as { written: { fields: Fields } }
    expect(written.fields).toEqual({
      ...given,
      sendChannelId: 10_000_001,
      sendType: '1',
      isActive: 'Y',
      templateConfig: { stock: 10, colour: 'red' },
    })
    const rows = await database().sql<{ actor: string; act: string }[]>`
      select actor, act from audit where act = 'template.insert'`
    expect([...rows]).toEqual([{ actor: `whale ${erpAppId}`, act: 'template.insert' }])
  })

  test('an update changes what may change, and leaves what operators switched until the ERP says otherwise', async () => {
    const id = await supplierIdOf()
    await erp.act(templateInsert, { ...template(id), templateConfig: { stock: 10, messageText: 'Hello' } })
    await switchSetup(core, operator, 'template', ['12345'], false)
    const config = { stock: 15, validStart: '20260401000000', validEnd: '20260501000000', thirdProductId: 'P1' }
    const newer = { ...template(id), updateTime: '20260301090001', templateConfig: config }
    await erp.act(templateInsert, newer)
    const changed = now().templates.get('12345')!
    expect(changed).toMatchObject({
      isEnabled: false,
      validForSeconds: null,
      validUntil: new Date('2026-04-30T16:00Z'),
    })
    expect(changed.settings).toEqual({ ticketType: 1, thirdProductId: 'P1' })
    const [stock] = await database().sql`select max from counters where key = 'stock:template:12345'`
    expect(stock).toEqual({ max: 15 })
    await erp.act(templateInsert, { ...newer, isActive: 'N', updateTime: '20260301090002' })
    await erp.act(templateInsert, { ...newer, isActive: 'Y', updateTime: '20260301090003' })
    expect(now().templates.get('12345')!.isEnabled).toBe(true)
  })

  it.each<[string, Fields]>([
    ['faceValue', { faceValue: '000000004000' }],
    ['templateConfig.useTimes', { templateConfig: { stock: 10, useTimes: 2 } }],
    ['templateConfig.stock', { templateConfig: {} }],
    ['sendChannelId', { templateConfig: { stock: 10, codes: { length: 20 } } }],
  ])('what coupons were issued with is never changed (%s)', async (field, changes) => {
    const fields = { ...template(await supplierIdOf()), templateConfig: { stock: 10 } }
    await erp.act(templateInsert, fields)
    const newer = { ...fields, ...changes, updateTime: '20260301090001' }
    expect(await erp.refused(templateInsert, newer)).toMatchObject({ code: 'setup_conflict', field })
  })

  test('an activity issues what its productIds name; a pair keeps its number for ever', async () => {
    const id = await supplierIdOf()
    for (const productId of [1, 2, 3]) await erp.act(templateInsert, { ...template(id), productId })
    const linked = (productIds: number[], updateTime: string): Fields => ({
      ...activity(world.channelId),
      updateTime,
      activityConfig: { productIds },
    })
    const tickets = () =>
      [...now().activityTemplates.values()]
        .filter(({ activityId }) => activityId === '2018090500')
        .map(({ templateId, ticketId }) => [templateId, ticketId - world.firstTicketId])
    await erp.act(activityInsert, linked([1, 2], '20260301090000'))
    expect(tickets()).toEqual([
      ['1', 3],
      ['2', 4],
    ])
    await erp.act(activityInsert, linked([1], '20260301090001'))
    await erp.act(activityInsert, linked([1, 3], '20260301090002'))
    expect(tickets()).toEqual([
      ['1', 3],
      ['3', 5],
    ])
    await erp.act(activityInsert, linked([1, 2, 3], '20260301090003'))
    expect(tickets()).toEqual([
      ['1', 3],
      ['2', 4],
      ['3', 5],
    ])
  })

  test('a channel has an app of its own with its key, and the hub signs for both with one key', async () => {
    const { publicKeyPem } = testKeys().platform
    const id = await channelIdOf()
    const appOf = (name: string) => now().apps.get(pairKey('whale', name))!
    const { keyring } = core.hub
    const key = (name: string) => outboundKey(appOf(name), keyring, clock.now())
    expect(key(id).privateKey.equals(key(erpAppId).privateKey)).toBe(true)
    expect(appOf(id).channelIds).toEqual(new Set([id]))
    expect(inboundKeys(appOf(id), clock.now())).toEqual([])
    const asJavaPrints = publicKeyPem.replace(/-----[A-Z ]+-----|\s/g, '')
    const config = { channelPublicKey: asJavaPrints }
    await erp.act(saleChanneInsert, { ...channel, updateTime: '20260301090001', saleChannelConfig: config })
    expect(inboundKeys(appOf(id), clock.now())).toMatchObject([{ publicKey: publicKeyPem }])
    const other = { channelPublicKey: testKeys().bank.publicKeyPem }
    clock.advance(1)
    await erp.act(saleChanneInsert, { ...channel, updateTime: '20260301090002', saleChannelConfig: other })
    expect(inboundKeys(appOf(id), clock.now()).map(({ publicKey }) => publicKey)).toEqual([other.channelPublicKey])
    await erp.act(saleChanneInsert, { ...channel, updateTime: '20260301090003' })
    expect(inboundKeys(appOf(id), clock.now())).toHaveLength(1)
  })

  test('the name of a channel is taken from sendChannelName too, as in the document’s example', async () => {
    const { saleChannelName: sendChannelName, ...rest } = channel
    const id = await channelIdOf({ ...rest, sendChannelName })
    expect(now().channels.get(id)!.name).toBe('中信银行')
  })

  test('a supplier’s key is encrypted, and neither written down nor in the audit', async () => {
    const config = { makeCodeURL: 'https://esb.example.com/make', encryptType: '3DES', orderEncryptKey: tripleDesKey }
    const id = String(await supplierIdOf({ ...supplier, sendChannelConfig: config }))
    expect(now().suppliers.get(id)!.settings).toMatchObject({ orderEncryptKey: tripleDesKey, requestsPerSecond: 50 })
    const read = await database().sql`
      select settings::text || written::text as text from suppliers union all select after::text from audit`
    expect(JSON.stringify(read)).not.toContain(tripleDesKey)
    const other = { ...config, orderEncryptKey: tripleDesKey.replace('0', '1') }
    const newer = { ...supplier, sendChannelConfig: other, updateTime: '20260301100030' }
    await erp.act(sendChanneInsert, newer)
    expect(now().suppliers.get(id)!.settings['orderEncryptKey']).toBe(other.orderEncryptKey)
  })

  test('a supplier that makes codes has a pool of its own, one that makes none has ours', async () => {
    const esb = await supplierIdOf(supplier)
    await erp.act(templateInsert, { ...template(esb), productId: 1 })
    await erp.act(templateInsert, { ...template(await supplierIdOf(own)), productId: 2 })
    const sourceOf = (id: string) => now().codeSources.get(now().templates.get(id)!.sourceId)
    expect(sourceOf('1')).toMatchObject({ kind: 'pool', name: `supplier-${esb}` })
    expect(sourceOf('2')).toMatchObject({ kind: 'space', name: 'digits-16' })
    const changed = { ...supplier, sendChannelConfig: { thirdChannelNo: 'M1' }, updateTime: '20260301100030' }
    const refusal = { code: 'setup_conflict', field: 'sendChannelConfig.makeCodeURL' }
    expect(await erp.refused(sendChanneInsert, changed)).toMatchObject(refusal)
  })

  test('a rule keeps no card number, hangs on what is there, and stands for the next command', async () => {
    const { ruleId } = await erp.act(createRule, rule)
    const row = now().ruleRows.get(String(ruleId))!
    expect(JSON.stringify(row.written)).toMatch(/622588\*{6}8888#/)
    expect(JSON.stringify(row.written)).not.toContain('6225880000008888')
    expect(now().rulesOfScene.get('verify')).toHaveLength(1)
    await switchSetup(core, operator, 'rule', [row.id], false)
    expect(now().rulesOfScene.get('verify') ?? []).toHaveLength(0)
    clock.advance(1)
    await erp.act(createRule, { ...rule, messageTpl: 'newer' })
    expect(now().ruleRows.get(row.id)).toMatchObject({ isEnabled: false, revision: 3 })
  })

  test('a rule may hang on a merchant’s number, whoever its acceptor is', async () => {
    const onMerchant = { ...rule, ruleSceneKey: 't_merchant', ruleScenceKey: null, ruleSceneItemKey: 'M9' }
    const missing = { code: 'setup_not_found', field: 'ruleSceneItemKey' }
    expect(await erp.refused(createRule, onMerchant)).toMatchObject(missing)
    await addMerchant(core, operator, { acceptorId: world.shoubei.instNo, no: 'M9', name: 'New' })
    expect(await erp.act(createRule, onMerchant)).toMatchObject({ returnCode: '00' })
  })

  test('what an operator set up is the operator’s to change', async () => {
    const taken = { ...activity(world.channelId), ebuyActivityId: world.activityId }
    expect(await erp.refused(activityInsert, taken)).toMatchObject({ code: 'setup_conflict' })
  })

  test('an app that was switched off sets nothing up from then on', async () => {
    await switchSetup(core, operator, 'app', ['whale', erpAppId], false)
    expect(await erp.refused(saleChanneInsert, channel)).toMatchObject({ code: 'app_disabled' })
  })

  const good: Record<string, [Action, () => Fields]> = {
    activityInsert: [activityInsert, () => activity(world.channelId)],
    saleChanneInsert: [saleChanneInsert, () => channel],
    sendChanneInsert: [sendChanneInsert, () => supplier],
    templateInsert: [templateInsert, () => template(10_000_001)],
    createRule: [createRule, () => rule],
  }
  const notAKey = 'publicKey'
  const noScheme = 'www.baidu.com'

  it.each<[keyof typeof good, string, Fields]>([
    ['activityInsert', 'activityName', { activityName: '活'.repeat(101) }],
    ['activityInsert', 'activityName', { activityName: 'a\nb' }],
    ['activityInsert', 'activityName', { activityName: null }],
    ['activityInsert', 'ebuyActivityId', { ebuyActivityId: '1'.repeat(41) }],
    ['activityInsert', 'ebuyActivityId', { ebuyActivityId: '活动' }],
    ['activityInsert', 'saleChannelId', { saleChannelId: '' }],
    ['activityInsert', 'validStart', { validStart: '20260230000000' }],
    ['activityInsert', 'validEnd', { validEnd: '20260201000000' }],
    ['activityInsert', 'updateTime', { updateTime: '2026-03-01' }],
    ['activityInsert', 'isActive', { isActive: 'yes' }],
    ['activityInsert', 'activityConfig', { activityConfig: [] }],
    ['activityInsert', 'activityConfig.productIds[1]', { activityConfig: { productIds: [1, 'x'] } }],
    ['activityInsert', 'activityConfig.verifyNotifyURL', { activityConfig: { verifyNotifyURL: noScheme } }],
    ['activityInsert', 'activityConfig.channelPublicKey', { activityConfig: { channelPublicKey: notAKey } }],
    ['activityInsert', 'activityConfig.note', { activityConfig: { note: 'a\0b' } }],
    ['saleChanneInsert', 'saleChannelName', { saleChannelName: ' ' }],
    ['saleChanneInsert', 'saleChannelConfig.channelPublicKey', { saleChannelConfig: { channelPublicKey: notAKey } }],
    ['saleChanneInsert', 'saleChannelConfig.whalePublicKey', { saleChannelConfig: { whalePublicKey: notAKey } }],
    [
      'saleChanneInsert',
      'saleChannelConfig.verifyNotifyURL',
      { saleChannelConfig: { verifyNotifyURL: 'http://10.0.0.1/' } },
    ],
    ['sendChanneInsert', 'sendChannelConfig', { sendChannelConfig: null }],
    ['sendChanneInsert', 'sendChannelConfig.makeCodeURL', { sendChannelConfig: { makeCodeURL: noScheme } }],
    [
      'sendChanneInsert',
      'sendChannelConfig.makeCodeURL',
      { sendChannelConfig: { makeCodeURL: 'http://esb.example.com/make' } },
    ],
    [
      'sendChanneInsert',
      'sendChannelConfig.orderEncryptKey',
      { sendChannelConfig: { makeCodeURL: 'https://esb.example.com/make', encryptType: '3DES' } },
    ],
    [
      'sendChanneInsert',
      'sendChannelConfig.encryptType',
      { sendChannelConfig: { makeCodeURL: 'https://esb.example.com/make', encryptType: 'AES' } },
    ],
    ['templateInsert', 'faceValue', { faceValue: '3000' }],
    ['templateInsert', 'faceValue', { faceValue: '000000000000' }],
    ['templateInsert', 'productId', { productId: 0 }],
    ['templateInsert', 'productId', { productId: '9007199254740992' }],
    ['templateInsert', 'productId', { productId: 1.5 }],
    ['templateInsert', 'ticketType', { ticketType: 5 }],
    ['templateInsert', 'sendType', { sendType: '3' }],
    ['templateInsert', 'templateConfig.pool', { sendType: 2 }],
    ['templateInsert', 'templateConfig.pool', { templateConfig: { pool: 'P' } }],
    ['templateInsert', 'templateConfig.validEnd', { templateConfig: { validStart: '20260401000000' } }],
    ['templateInsert', 'templateConfig.stock', { templateConfig: { stock: -1 } }],
    ['templateInsert', 'templateConfig.redeemableAt', { templateConfig: { redeemableAt: { kind: 'moon' } } }],
    ['templateInsert', 'templateConfig.merchantBenefit', { templateConfig: { merchantBenefit: 3001 } }],
    ['templateInsert', 'templateConfig.print.bank', { templateConfig: { print: { bank: 'a\nb' } } }],
    ['createRule', 'ruleScenceKey', { ruleScenceKey: 'moon' }],
    [
      'createRule',
      'ruleValue.limitItems[0].limitKey',
      { ruleValue: { ...(rule['ruleValue'] as object), limitItems: [item('12x')] } },
    ],
    ['createRule', 'endTime', { endTime: '20190101000000' }],
    ['createRule', 'updateTime', { updateTime: 'now' }],
  ])('%s refuses what cannot be read, naming %s', async (name, field, changes) => {
    const [action, fields] = good[name]!
    const refusal = await erp.refused(action, { ...fields(), ...changes })
    expect(refusal).toMatchObject({ code: 'bad_request', field })
    expect(refusal.message).toContain(`${field}: `)
    expect(await countOf('nonces')).toBe(0)
  })

  it.each<[keyof typeof good, string, Fields]>([
    ['activityInsert', 'saleChannelId', { saleChannelId: '404' }],
    ['activityInsert', 'activityConfig.productIds', { activityConfig: { productIds: [404] } }],
    ['templateInsert', 'sendChannelId', { sendChannelId: 404 }],
    ['templateInsert', 'templateConfig.pool', { sendType: '2', templateConfig: { pool: 'none' } }],
    [
      'templateInsert',
      'templateConfig.redeemableAt',
      { templateConfig: { redeemableAt: { kind: 'brand', brand: 'none' } } },
    ],
    ['createRule', 'ruleSceneItemKey', { ruleSceneItemKey: '404' }],
  ])('%s refuses what does not exist, naming %s', async (name, field, changes) => {
    await supplierIdOf()
    const [action, fields] = good[name]!
    const refusal = await erp.refused(action, { ...fields(), ...changes })
    expect(refusal).toMatchObject({ code: 'setup_not_found', field })
  })

  test('a supplier’s own pool is not for the batches of sendType 2', async () => {
    const id = await supplierIdOf(supplier)
    const fields = { ...template(id), sendType: '2', templateConfig: { pool: `supplier-${id}` } }
    const refusal = { code: 'setup_conflict', field: 'templateConfig.pool' }
    expect(await erp.refused(templateInsert, fields)).toMatchObject(refusal)
  })
})
