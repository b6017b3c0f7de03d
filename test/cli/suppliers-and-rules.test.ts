import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import type { Core } from '../../src/core/core.ts'
import { insertChannel } from '../../src/core/back-office/erp/channel.ts'
import { makeNumber } from '../../src/core/numbers/numbers.ts'
import { pairKey } from '../../src/core/set-up/snapshot.ts'
import { createClock, type TestClock } from '../support/clock.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { testKeys } from '../support/keys.ts'
import { item, rawRule } from '../support/rules.ts'
import { issueCommand, openTestHub, world } from '../support/world.ts'
import { jsonOf, runCli } from './run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'quanhub-'))
afterAll(() => rmSync(folder, { recursive: true }))
const write = (name: string, value: unknown): void =>
  writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value))

const key = '0123456789abcdeffedcba9876543210'
const rule = (head: object = {}) =>
  rawRule(
    'ScenceLimit',
    { limitWay: 'Q', limitType: 'W', limitItems: [item('*', { limitMaxDay: 1 })] },
    { ruleSceneItemKey: world.activityId, ...head },
  )
write('esb.json', { makeCodeURL: 'https://esb.example.com/make', encryptType: '3DES', orderEncryptKey: key })
write('wechat-pay.json', {
  mchid: '1900009191',
  serialNo: '1DDE55AD98ED71D6',
  privateKey: testKeys().bank.privateKeyPem,
  apiV3Key: key,
  verificationKeys: [{ id: 'PUB_KEY_ID_1', publicKey: testKeys().platform.publicKeyPem }],
  appId: 'wx233544546545989',
})
write('inside.json', { makeCodeURL: 'https://10.0.0.1/make' })
write('plain.json', { makeCodeURL: 'http://esb.example.com/make' })
write('list.json', [1])
write('rules.json', [rule(), rule({ ruleName: 'another' })])
write('erp.pem', testKeys().bank.publicKeyPem)

describeOnOneDatabase('suppliers and rules by the command line', (database) => {
  let clock: TestClock
  let core: Core
  beforeEach(async () => {
    clock = createClock()
    core = (await openTestHub(database(), { now: clock.now, config: { isSandbox: false } })).core
  })
  const run = (...argv: string[]) => runCli(core, argv, { cwd: folder })
  const json = <T = Record<string, unknown>>(...argv: string[]) => jsonOf<T>(core, argv, { cwd: folder })

  test('a supplier is added from a file of settings, and its key is shown nowhere', async () => {
    await json('supplier', 'add', '123', '--kind', 'esb', '--name', '资和信', '--settings', 'esb.json')
    await json('supplier', 'update', '123', '--name', '新名')
    const shown = await run('supplier', 'show', '123')
    expect(shown.lines.join('\n')).toMatch(/pool +supplier-123[^]*orderEncryptKey +set, kept encrypted/)
    const all = [shown, await run('supplier', 'show', '123', '--json'), await run('supplier', 'list', '--json')]
    const audited = await run('audit', 'list', '--json')
    expect(JSON.stringify([...all, audited])).not.toContain(key)
    expect(core.setup.current().suppliers.get('123')).toMatchObject({ name: '新名', isEnabled: true })
    await json('supplier', 'disable', '123')
    expect(core.setup.current().suppliers.get('123')!.isEnabled).toBe(false)
  })

  test('a supplier’s lists are shown, and its several keys nowhere', async () => {
    await json('supplier', 'add', 'wx', '--kind', 'wechat-pay', '--settings', 'wechat-pay.json')
    const shown = await run('supplier', 'show', 'wx')
    expect(shown.lines.join('\n')).toMatch(
      /verificationKeys +\[\{"id":"PUB_KEY_ID_1"[^]*privateKey +set, kept encrypted/,
    )
    const all = [shown, await run('supplier', 'show', 'wx', '--json'), await run('audit', 'list', '--json')]
    expect(JSON.stringify(all)).not.toMatch(new RegExp(`PRIVATE KEY|${key}`))
  })

  test.each([
    ['inside.json', /makeCodeURL: The address leads to 10\.0\.0\.1/],
    ['plain.json', /makeCodeURL: The address must begin with https/],
    ['list.json', /no JSON object with the settings/],
    ['missing.json', /cannot be read/],
  ])('settings of %s are refused', async (file, words) => {
    const said = await run('supplier', 'add', '1', '--kind', 'esb', '--settings', file)
    expect(said.errors.join('\n')).toMatch(words)
    expect(said.exitCode).toBe(1)
  })

  test('a template takes the codes of a supplier, and says what Whale’s wire asks', async () => {
    await json('supplier', 'add', '123', '--kind', 'esb', '--settings', 'esb.json')
    write('print.json', { bank: '中信银行' })
    const shape = ['--face-value', '30.00', '--stock', 'unlimited', '--valid-days', '30']
    const settings = ['--ticket-type', '3', '--third-product-id', 'SKU', '--print', 'print.json']
    await json('template', 'add', 'T9', ...shape, '--supplier', '123', ...settings)
    const { lines } = await run('template', 'show', 'T9')
    expect(lines.join('\n')).toMatch(/codes +pool supplier-123[^]*ticket type +3[^]*prints +\{"bank":"中信银行"\}/)
    await json('template', 'update', 'T9', '--message-text', 'Your code: {code}')
    expect(core.setup.current().templates.get('T9')!.settings).toMatchObject({
      ticketType: 3,
      messageText: 'Your code: {code}',
    })
  })

  test('an activity may be of one channel, and its tickets are shown', async () => {
    await json('activity', 'update', world.activityId, '--channel', world.channelId)
    const { lines } = await run('activity', 'show', world.activityId)
    expect(lines.join('\n')).toMatch(/ticket of T-NORMAL +9000000001[^]*channel +OWNER1/)
    expect((await run('activity', 'update', world.activityId, '--channel', 'nobody')).exitCode).toBe(3)
    const url = ['--verify-notify-url', 'http://127.0.0.1/told']
    expect((await run('channel', 'update', world.channelId, ...url)).errors.join()).toMatch(/not a public address/)
  })

  test('rules are set up from a file, which may be run again', async () => {
    expect(await json('rule', 'add', 'rules.json')).toEqual({
      rules: [
        { id: '1', isRepeat: false },
        { id: '2', isRepeat: false },
      ],
    })
    expect((await run('rule', 'add', 'rules.json')).lines).toEqual([
      'Rule 1 was there already.',
      'Rule 2 was there already.',
    ])
    const { lines } = await run('rule', 'show', '2')
    expect(lines.join('\n')).toMatch(/hangs on +activity ACT1[^]*name +another[^]*wrote ruleKey +ScenceLimit/)
    await json('rule', 'disable', '2')
    expect((await run('rule', 'list')).tables[0]!.rows.map((row) => row.at(-1))).toEqual(['yes', 'no'])
    expect(core.setup.current().rulesOfScene.get('verify')).toHaveLength(1)
  })

  test('a limit counts back what was accepted since an instant, says how much, and the audit keeps it', async () => {
    await core.issue(issueCommand(clock.now()))
    await core.issue(issueCommand(clock.now(), { quantity: 2 }))
    const limitItems = [item('*', { limitMaxDay: 100 })]
    const head = { ruleScene: 'make', ruleSceneItemKey: world.activityId }
    write('limit.json', rawRule('ScenceLimit', { limitWay: 'Q', limitType: 'W', limitItems }, head))
    const add = ['rule', 'add', 'limit.json', '--count-from']
    expect((await run(...add, '2026-03-01')).lines).toEqual(['Rule 1 is set up.', '  Counted back: 3 coupons.'])
    expect((await run(...add, '2026-03-01')).lines).toEqual([
      'Rule 1 was there already.',
      '  There was nothing to count back.',
    ])
    const { items } = await json<{ items: { after: object }[] }>('audit', 'list', '--act', 'rule.count-back')
    const from = '2026-02-28T16:00:00.000Z'
    expect(items.map(({ after }) => after)).toContainEqual({ from, coupons: 3, pendingOrders: 0, redemptions: 0 })
    expect((await run(...add, '2126-01-01')).errors.join('\n')).toContain('--count-from must lie in the past')
  })

  test('a rule on something that does not exist is refused, naming the wire’s field', async () => {
    write('wrong.json', rule({ ruleSceneItemKey: 'nothing' }))
    const said = await run('rule', 'add', 'wrong.json')
    expect(said.errors.join('\n')).toContain('ruleSceneItemKey: there is no activity nothing')
  })

  test('what an ERP wrote is shown beside what the hub made of it', async () => {
    const keyFile = ['--public-key', 'erp.pem']
    await json('app', 'add', 'whale', 'ERP1', '--back-office', ...keyFile)
    expect((await run('app', 'show', 'whale', 'ERP1')).lines.join('\n')).toMatch(/acts for +the back office/)
    const app = core.setup.current().apps.get(pairKey('whale', 'ERP1'))!
    const request = { app, no: makeNumber(0, clock.now()) }
    const fields = { saleChannelName: '中信银行', isActive: 'Y', saleChannelConfig: { team: 7 } }
    await insertChannel(core, request, { fields, isActive: true, name: '中信银行', settings: {} })
    const { lines } = await run('channel', 'show', '10000001')
    expect(lines.join('\n')).toMatch(/name +中信银行[^]*wrote saleChannelConfig +\{"team":7\}/)
    expect((await run('app', 'add', 'whale', 'X', '--back-office', '--channels', 'OWNER1', ...keyFile)).exitCode).toBe(
      1,
    )
    expect((await run('app', 'update', 'whale', 'ERP1', '--take-unsigned')).exitCode).toBe(2)
  })
})
