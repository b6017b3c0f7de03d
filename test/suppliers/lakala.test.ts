import { randomUUID, sign, verify } from 'node:crypto'
import { afterAll, afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { startReceiver } from '../../simulators/receiver.ts'
import type { Receiver } from '../../simulators/receiver.ts'
import { createAddressGuard } from '../../src/http-out/address-guard.ts'
import { createDispatcher } from '../../src/telling/dispatcher.ts'
import { createSender } from '../../src/http-out/send.ts'
import { callbackProtocols } from '../../src/faces/index.ts'
import { lakalaPaths } from '../../src/faces/lakala/index.ts'
import { createLakala } from '../../src/suppliers/lakala/index.ts'
import { memberIdOf } from '../../src/suppliers/lakala/make.ts'
import type { CouponAsk, MakeAnswer, MakeAsk, SupplierHttpRequest } from '../../src/suppliers/supplier.ts'
import { fences, quoted, readText, tables } from '../docs/pages.ts'
import { createClock } from '../support/clock.ts'
import { useDatabase } from '../support/database.ts'
import { testKeys } from '../support/keys.ts'
import { redeemCommand, world } from '../support/world.ts'
import { describeMaker, makeAsk as aMakeAsk } from './conformance.ts'
import type { Stage } from './conformance.ts'
import { openHubBehind } from './hub-behind.ts'
import type { HubBehind, Say } from './hub-behind.ts'
import { describedForm } from './redeemers.ts'
import { answering } from './simulated.ts'

const { bank, platform } = testKeys()
const appid = world.lakala.appid
const written = {
  issueURL: 'https://hub.example.com/lakala/coupons/issue',
  queryURL: 'https://hub.example.com/lakala/coupons/query',
  appid,
  serialNo: world.lakala.serialNo,
  privateKey: bank.privateKeyPem,
  platformPublicKey: platform.publicKeyPem,
  ownerId: world.channelId,
  activityId: world.activityId,
  memberPrefix: world.memberPrefix,
  writeOffNotify: 'http://127.0.0.1:9/used',
}
const makeAsk: MakeAsk = {
  ...aMakeAsk,
  no: '13202603011000000000000000000001',
  quantity: 1,
  thirdProductId: world.templates.normal,
  openid: 'oKL-mwRzR-SBfI4QDAI1QXOpkyc8',
}

/** An answer signed by the platform: five lines, as Lakala's page has them. */
function signed(body: unknown, given: { appid?: string; key?: string } = {}) {
  const text = JSON.stringify(body)
  const head = [given.appid ?? appid, world.lakala.platformSerialNo, '1772330400', 'abcdefgh1234']
  const lines = Buffer.from(`${head.join('\n')}\n${text}\n`)
  const signature = sign('sha256', lines, given.key ?? platform.privateKeyPem).toString('base64')
  const names = ['appid', 'serial', 'timestamp', 'nonce', 'signature']
  const headers = Object.fromEntries([...head, signature].map((value, i) => [`lklapi-${names[i]}`, value]))
  return { body: text, headers }
}

const answer = (code: string, msg: string, data: Record<string, string> = {}) => ({
  msg,
  code,
  data: { resCode: code, failMsg: code === '000000' ? '' : msg, ...data },
})

const say: Say = (_path, fault) =>
  signed(fault === 'refuse' ? answer('300001', '超出领取限制') : answer('999999', '系统异常'))

const guard = createAddressGuard({ allowedNetworks: [], isLoopbackAllowed: true })

const chained = createLakala(createClock().now)

type Question = { mer_order_id: string }
type Answer = { data: { third_coupon_id: string } }

/** A hub behind the hub, which remembers what it was asked and issued. */
async function startChained(): Promise<Stage> {
  const asked: string[] = []
  const made = new Map<string, string>()
  const hub = await openHubBehind(await useDatabase('embedded'), say, (path, question, answer) => {
    if (path !== lakalaPaths.issue) return
    const { mer_order_id: no } = JSON.parse(question) as Question
    asked.push(no)
    made.set(no, (JSON.parse(answer) as Answer).data.third_coupon_id)
  })
  return {
    written: { ...written, issueURL: hub.url + lakalaPaths.issue, queryURL: hub.url + lakalaPaths.query },
    failMaking: (fault) => hub.fail(lakalaPaths.issue, fault as Exclude<typeof fault, 'fewer' | 'twice'>),
    madeCodes: (no) => [made.get(no)].flatMap((code) => code ?? []),
    askedNumbers: () => asked,
    close: hub.close,
  }
}

describeMaker({
  supplier: { ...chained, maker: chained.maker },
  start: startChained,
  encryptions: ['none'],
  thirdProductId: world.templates.normal,
  quantity: 1,
  mostCodes: 1,
  isConfirming: false,
  doubts: ['unknown', '500', 'garbage', 'closed'],
  limits: { requestsPerSecond: 50, concurrency: 10, timeoutSeconds: 10 },
  badSettings: [
    ['issueURL', undefined],
    ['queryURL', 'ftp://hub.example.com/'],
    ['appid', ''],
    ['privateKey', platform.publicKeyPem],
    ['platformPublicKey', 'no key'],
  ],
})

describe('a hub behind the hub, over Lakala’s wire', () => {
  const sender = createSender({ guard })
  const hasty = createSender({ guard, timeoutMilliseconds: 700 })
  let hub: HubBehind
  let receiver: Receiver
  let settings: ReturnType<typeof supplier.settings.parse>
  const clock = createClock()
  const supplier = createLakala(clock.now)
  const { maker, teller } = supplier

  beforeEach(async () => {
    hub = await openHubBehind(await useDatabase('embedded'), say)
    receiver = await startReceiver({ platformPublicKeyPem: platform.publicKeyPem })
    settings = supplier.settings.parse({
      ...written,
      issueURL: hub.url + lakalaPaths.issue,
      queryURL: hub.url + lakalaPaths.query,
      writeOffNotify: `${receiver.url}/lakala/used`,
      postNotify: `${receiver.url}/lakala/issued`,
    })
  })
  afterEach(() => Promise.all([hub.close(), receiver.close()]))
  afterAll(() => Promise.all([sender.close(), hasty.close()]))

  const make = (given: Partial<MakeAsk> = {}, { send } = sender) => maker.make(settings, { ...makeAsk, ...given }, send)
  const codeOf = (made: MakeAnswer): string =>
    made.kind === 'accepted' ? made.codes[0]! : expect.unreachable(JSON.stringify(made))
  const lookUp = (code: string) => teller.lookUp(settings, { ...couponAsk, code }, sender.send, clock.now())
  const couponAsk: CouponAsk = { no: makeAsk.no, supplierId: '123', code: '' }
  const isUnknown = { kind: 'unknown', reason: expect.stringMatching(/./) as string }

  it('issues a coupon, once for a number, and another one for another', async () => {
    const code = codeOf(await make())
    expect(codeOf(await make())).toBe(code)
    expect(codeOf(await make({ no: randomUUID() }))).not.toBe(code)
    expect(await hub.core.checkCoupon(redeemCommand(code, hub.clock.now()))).toMatchObject({ refusal: undefined })
  })

  it('takes what is asked in the platform’s envelope', async () => {
    settings = { ...settings, envelope: 'v3' }
    const code = codeOf(await make())
    expect(await lookUp(code)).toEqual({ kind: 'unused' })
  })

  test.each(['500', 'garbage', 'closed', 'unknown'] as const)(
    'is not known to have issued after %s, and tells the same coupon to the same number',
    async (fault) => {
      hub.fail(lakalaPaths.issue, fault)
      expect(await make()).toEqual(isUnknown)
      const code = codeOf(await make())
      expect(codeOf(await make())).toBe(code)
    },
  )

  it('is not known to have issued after a timeout, and tells the same coupon to the same number', async () => {
    hub.fail(lakalaPaths.issue, 'timeout')
    expect(await make({}, hasty)).toEqual(isUnknown)
    expect(codeOf(await make())).toBe(codeOf(await make()))
  })

  it('passes on a clear no, with its reason', async () => {
    hub.fail(lakalaPaths.issue, 'refuse')
    expect(await make()).toEqual({ kind: 'refused', code: '300001', message: '超出领取限制', reason: 'limit_exceeded' })
    expect(await make({ thirdProductId: 'NO-SUCH' })).toMatchObject({ kind: 'refused', code: '200012' })
    expect(await make()).toMatchObject({ kind: 'accepted' })
  })

  it('tells of a use, and is asked of one, with the same in it', async () => {
    const code = codeOf(await make())
    expect(await lookUp(code)).toEqual({ kind: 'unused' })
    await hub.core.redeem(redeemCommand(code, hub.clock.now()))
    const dispatcher = createDispatcher(hub.core, { protocols: callbackProtocols, sender })
    hub.clock.advance(1)
    await dispatcher.tick()
    await dispatcher.stop()
    const heard = receiver.inbox.map(({ headers, text }) => {
      const message = { headers: { authorization: String(headers['authorization']) }, body: Buffer.from(text) }
      return teller.hear(settings, message, hub.clock.now())
    })
    const use = { code, usedAt: clock.now(), amountFen: 10_000, realAmountFen: 7000 }
    const reference = expect.stringMatching(/^\d{32}$/) as string
    expect(heard).toHaveLength(2)
    expect(heard).toEqual(expect.arrayContaining([{ kind: 'nothing' }, { kind: 'used', use: { ...use, reference } }]))
    expect(await lookUp(code)).toEqual({ kind: 'used', use })
  })

  it('is asked of a coupon that is past its end, and of one that there is not', async () => {
    const code = codeOf(await make({ thirdProductId: world.templates.short }))
    hub.clock.advance(21)
    expect(await lookUp(code)).toEqual({ kind: 'expired' })
    const other = await teller.lookUp(settings, { ...couponAsk, no: '9', code }, sender.send, clock.now())
    expect(other).toMatchObject({ kind: 'refused', code: '200020' })
  })

  it('needs no word for a redemption, and is told of none', async () => {
    expect(maker.mustConfirm()).toBe(false)
    expect(await maker.confirm()).toEqual({ kind: 'accepted' })
    expect(maker.notifyUrl()).toBeUndefined()
  })
})

const now = new Date('2026-03-01T02:00:00.000Z')
const supplier = createLakala(() => now)
const settings = supplier.settings.parse(written)
const make = (bodies: unknown[], ask: Partial<MakeAsk> = {}) =>
  supplier.maker.make(settings, { ...makeAsk, ...ask }, answering(...bodies.map((body) => signed(body))).send)

const issued = (data: Record<string, string>) =>
  answer('000000', '处理成功', { mer_order_id: makeAsk.no, third_coupon_id: 'C1', trade_status: 'SUCCESS', ...data })

describe('an answer over Lakala’s wire', () => {
  test.each([
    ['nothing', {}],
    ['codes that do not agree', { ...issued({}), code: '999999' }],
    ['another order', issued({ mer_order_id: 'another' })],
    ['no coupon', issued({ third_coupon_id: '' })],
    ['no status', issued({ trade_status: '' })],
    ['PROCESS', issued({ trade_status: 'PROCESS', third_coupon_id: '' })],
    ['a bad signature of ours', answer('100005', '验签失败')],
    ['a channel that is switched off', answer('100011', '业主已停用')],
    ['an order that is there twice', answer('000095', '订单重复')],
    ['that it is busy', answer('900002', '系统繁忙，请稍后重试')],
  ])('is unknown that has %s', async (_, body) => {
    expect(await make([body])).toMatchObject({ kind: 'unknown' })
  })

  it('is unknown that is not signed by the platform for us', async () => {
    for (const given of [signed(issued({}), { key: bank.privateKeyPem }), signed(issued({}), { appid: 'OTHER' })]) {
      expect(await supplier.maker.make(settings, makeAsk, answering(given).send)).toMatchObject({ kind: 'unknown' })
    }
    const unsigned = answering({ body: issued({}) })
    expect(await supplier.maker.make(settings, makeAsk, unsigned.send)).toMatchObject({ kind: 'unknown' })
  })

  it('that decides nothing is followed by the query, which knows of a failure', async () => {
    const failed = answer('000000', '处理成功', { trade_status: 'FAIL', failMsg: '库存不足' })
    expect(await make([answer('999999', '系统异常'), failed])).toMatchObject({ kind: 'refused', code: 'FAIL' })
    const made = answer('000000', '处理成功', { trade_status: 'SUCCESS' })
    expect(await make([answer('000095', '订单重复'), made])).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('SUCCESS') as string,
    })
  })

  test.each(['100001', '200011', '300002'])('is no that says %s', async (code) => {
    expect(await make([answer(code, '不行')])).toMatchObject({ kind: 'refused', code, message: '不行' })
  })

  it('is no that says FAIL of an order', async () => {
    expect(await make([issued({ trade_status: 'FAIL', third_coupon_id: '' })])).toMatchObject({ kind: 'refused' })
  })

  it('is not waited for where it could not be yes', async () => {
    const { openid: _, ...nobody } = makeAsk
    const { thirdProductId: __, ...nothing } = makeAsk
    for (const ask of [nobody, nothing, { ...makeAsk, quantity: 2 }]) {
      const { send, sent } = answering({ body: {} })
      expect(await supplier.maker.make(settings, ask, send)).toMatchObject({ kind: 'refused', code: 'order' })
      expect(sent).toEqual([])
    }
  })
})

describe('a member number', () => {
  it.each([
    ['6200154561278', '6200154561278'],
    ['00154561278', '6200154561278'],
  ])('is the order’s own where it fits: %s', (memberId, expected) => {
    expect(memberIdOf(settings, { ...makeAsk, memberId }, 'o-1')).toBe(expected)
  })

  it.each([undefined, '7', '张三', '9'.repeat(30)])(
    'is made where %s does not fit, the same for the same holder',
    (id) => {
      const ask: MakeAsk = { ...makeAsk, ...(id === undefined ? {} : { memberId: id }) }
      const made = memberIdOf(settings, ask, 'o-1')
      expect(made).toMatch(/^62\d{18}$/)
      expect(memberIdOf(settings, { ...ask, no: 'another' }, 'o-1')).toBe(made)
      expect(memberIdOf(settings, ask, 'o-2')).not.toBe(made)
    },
  )
})

describe('a callback over Lakala’s wire', () => {
  const fields = {
    owner_id: world.channelId,
    third_coupon_id: 'C1',
    trade_no: '77',
    gmt_used: '2026-03-01 10:00:00',
    tradeStatus: 'USED',
  }
  function hear(body: unknown, given: { timestamp?: string; key?: string; authorization?: string } = {}) {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const timestamp = given.timestamp ?? '1772330400'
    const lines = Buffer.from(`${timestamp}\nZYXWVUTS4321\n${text}\n`)
    const signature = sign('sha256', lines, given.key ?? platform.privateKeyPem).toString('base64')
    const header = `LKLAPI-SHA256withRSA timestamp="${timestamp}",nonce_str="ZYXWVUTS4321",signature="${signature}"`
    const headers = { authorization: given.authorization ?? header }
    return supplier.teller.hear(settings, { headers, body: Buffer.from(text) }, now)
  }

  it('of a use is heard, its amounts where they are told', () => {
    const use = { code: 'C1', usedAt: now, reference: '77' }
    expect(hear(fields)).toEqual({ kind: 'used', use })
    expect(hear({ ...fields, org_amount: '10000', total_amount: '' })).toEqual({
      kind: 'used',
      use: { ...use, amountFen: 10_000 },
    })
  })

  it.each([{ tradeStatus: 'EXPIRED' }, { tradeStatus: 'REVERSED' }, { owner_id: 'OTHER' }, { tradeStatus: undefined }])(
    'that is no use of ours is nothing: %j',
    (change) => {
      expect(hear({ ...fields, ...change })).toEqual({ kind: 'nothing' })
    },
  )

  it.each([
    ['bad_signature', fields, { key: bank.privateKeyPem }],
    ['bad_request', fields, { authorization: 'Bearer 1' }],
    ['request_stale', fields, { timestamp: '1772330099' }],
    ['request_stale', fields, { timestamp: '1772330701' }],
    ['bad_request', '[]', {}],
    ['bad_request', { ...fields, third_coupon_id: '' }, {}],
    ['bad_request', { ...fields, gmt_used: '' }, {}],
  ])('is refused with %s (%#)', (reason, body, given) => {
    expect(hear(body, given)).toMatchObject({ kind: 'refused', reason })
  })
})

describe('the settings of Lakala as a supplier', () => {
  it('are described for a form', () => {
    describedForm(supplier)
    expect(supplier.settings.parse(JSON.parse(JSON.stringify(settings)))).toEqual(settings)
  })

  test.each([
    ['issueURL', 'hub.example.com'],
    ['queryURL', undefined],
    ['writeOffNotify', undefined],
    ['privateKey', 'no key'],
    ['platformPublicKey', bank.privateKeyPem],
    ['ownerId', 'above eight'],
    ['memberPrefix', '123456789'],
    ['envelope', 'v2'],
  ])('refuse by its name %s that is %j', (field, value) => {
    const { error } = supplier.settings.safeParse({ ...written, [field]: value })
    expect([...new Set(error?.issues.map(({ path }) => path.join('.')))]).toEqual([field])
  })
})

describe('the page on hubs behind the hub, over Lakala’s wire', () => {
  const page = readText('docs/suppliers/lakala.md')
  const [issueRequest, issueAnswer, queryRequest, queryAnswer, callback] = fences(page)
    .filter(({ language }) => language === 'json')
    .map(({ text }) => JSON.parse(text) as unknown)
  const shown = supplier.settings.parse({
    ...written,
    writeOffNotify: 'https://hub.example.cn/lakala/notify/lkl',
    postNotify: 'https://hub.example.cn/issued',
  })

  /** The posted body, if its header is signed with our key over five lines. */
  function proven({ headers, body = '' }: SupplierHttpRequest): unknown {
    const attributes = new Map([...headers['authorization']!.matchAll(/(\w+)="([^"]*)"/g)].map(([, k, v]) => [k!, v!]))
    const lines = ['appid', 'serial_no', 'timestamp', 'nonce_str'].map((name) => `${attributes.get(name)}\n`)
    const signature = Buffer.from(attributes.get('signature')!, 'base64')
    expect(verify('sha256', Buffer.from(`${lines.join('')}${body}\n`), bank.publicKeyPem, signature)).toBe(true)
    return JSON.parse(body)
  }

  it('shows what is asked, and answers that are taken', async () => {
    const { send, sent } = answering(signed(issueAnswer), signed(queryAnswer))
    const ask = { ...makeAsk, memberId: '6200154561278' }
    expect(await supplier.maker.make(shown, ask, send)).toEqual({ kind: 'accepted', codes: ['8317702946152084'] })
    const coupon = { no: makeAsk.no, supplierId: '123', code: '8317702946152084' }
    const use = { code: coupon.code, usedAt: now, amountFen: 10_000, realAmountFen: 7000 }
    expect(await supplier.teller.lookUp(shown, coupon, send, now)).toEqual({ kind: 'used', use })
    expect(sent.map(proven)).toEqual([issueRequest, queryRequest])
    expect(callback).toMatchObject({ third_coupon_id: coupon.code, tradeStatus: 'USED' })
  })

  it('has every setting', () => {
    const rows = tables(page).find(({ head }) => head[0] === 'setting')!.rows
    const names = Object.keys(supplier.settings.shape)
    expect(rows.flatMap(([name]) => quoted(name!)).toSorted()).toEqual(names.toSorted())
  })
})
