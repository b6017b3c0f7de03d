import { writeFileSync } from 'node:fs'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import type { Core } from '../../src/core/core.ts'
import { inboundKeys, outboundKey } from '../../src/core/set-up/app-keys.ts'
import { pairKey } from '../../src/core/set-up/snapshot.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { testKeys } from '../support/keys.ts'
import { issueCommand, openTestHub, world } from '../support/world.ts'
import { jsonOf, runCli } from './run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'quanhub-'))
afterAll(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'bank.pem'), testKeys().bank.publicKeyPem)
writeFileSync(join(folder, 'private.pem'), testKeys().bank.privateKeyPem)
writeFileSync(join(folder, 'secret'), 'a-new-secret-of-the-tills\n')

type Audit = { items: { act: string; actor: string; reason: string | null; before: unknown; after: unknown }[] }

describeOnOneDatabase('set-up by the command line', (database) => {
  let core: Core
  const at = { now: new Date('2026-12-01T00:00:00Z') }
  beforeEach(async () => {
    at.now = new Date('2026-12-01T00:00:00Z')
    core = (await openTestHub(database(), { now: () => at.now })).core
  })
  const run = (...argv: string[]) => runCli(core, argv, { cwd: folder })
  const json = <T = Record<string, unknown>>(...argv: string[]) => jsonOf<T>(core, argv, { cwd: folder })
  const lastAct = async () => (await json<Audit>('audit', 'list', '--limit', '1')).items[0]!

  test('a world that issues can be set up from nothing but commands', async () => {
    await json('channel', 'add', 'OWN2', '--name', '另一家银行', '--member-prefix', '77')
    await json('acceptor', 'add', 'ACC2', '--cancel-until', '12h')
    await json('merchant', 'add', 'ACC2', 'M9', '--brand', 'Tea')
    await json('shop', 'add', 'ACC2', 'S9', '--merchant', 'M9')
    await json(
      'template',
      'add',
      'T9',
      '--face-value',
      '12.50',
      '--valid-for',
      '20s',
      '--stock',
      '5',
      '--redeemable-at',
      'shops=ACC2:S9',
      '--max-per-member',
      '2',
      '--code-length',
      '20',
      '--code-alphabet',
      'readable',
    )
    await json('activity', 'add', 'A9', '--from', '2026-12-01', '--until', '2027-01-01 08:00', '--templates', 'T9')
    await json('app', 'add', 'lakala', 'APP9', '--channels', 'OWN2', '--public-key', 'bank.pem', '--serial-no', 'B9')
    await core.setup.refresh()
    const command = issueCommand(at.now, { appId: 'APP9', channelId: 'OWN2', activityId: 'A9', templateId: 'T9' })
    const { coupons } = await core.issue(command)
    expect(coupons[0]!.code).toMatch(/^[2-9A-Z]{20}$/)
    expect(coupons[0]!.coupon).toMatchObject({ faceValueFen: 1250, validUntil: new Date('2026-12-01T00:00:20Z') })
    expect(await json('template', 'show', 'T9')).toMatchObject({ stock: '5, of which 1 are issued, 4 are left' })
  })

  test('every act is in the audit: who, why, before and after', async () => {
    await json(
      'channel',
      'update',
      world.channelId,
      '--name',
      'New',
      '--org-id',
      'ORG',
      '--actor',
      'li',
      '--reason',
      'asked',
    )
    expect(await lastAct()).toMatchObject({
      act: 'channel.update',
      actor: 'li',
      reason: 'asked',
      before: { name: 'A bank', settings: { memberPrefix: '62' } },
      after: { name: 'New', settings: { memberPrefix: '62', orgId: 'ORG' } },
    })
    at.now = new Date(at.now.getTime() + 1000)
    await json('template', 'disable', world.templates.normal)
    expect(await lastAct()).toMatchObject({ actor: 'wang', before: { isEnabled: true }, after: { isEnabled: false } })
  })

  test('a secret is nowhere in the audit, nor in what is shown', async () => {
    await json('app', 'rotate-key', 'shoubei', world.shoubei.instNo, '--inbound', '--secret-file', 'secret')
    const shown = [
      await json('audit', 'list'),
      await json('app', 'show', 'shoubei', world.shoubei.instNo),
      await json('app', 'list'),
      await json('app', 'rotate-key', 'lakala', world.lakala.appid, '--outbound'),
    ]
    expect(JSON.stringify(shown)).not.toMatch(/a-new-secret|PRIVATE|0123456789abcdef0123456789abcdef|"secret":/)
  })

  test('after a rotation both keys of the partner are taken until the overlap ends', async () => {
    const name = pairKey('lakala', world.lakala.appid)
    await json(
      'app',
      'rotate-key',
      'lakala',
      world.lakala.appid,
      '--inbound',
      '--public-key',
      'bank.pem',
      '--serial-no',
      'NEW',
      '--overlap',
      '12h',
    )
    const serials = (hours: number): (string | null)[] => {
      const app = core.setup.current().apps.get(name)!
      return inboundKeys(app, new Date(at.now.getTime() + hours * 3_600_000)).map((key) => key.serialNo)
    }
    expect(serials(1)).toEqual(['NEW', world.lakala.serialNo])
    expect(serials(12)).toEqual(['NEW'])
  })

  test('the hub signs with its new key from the moment that was said', async () => {
    const rotated = await json(
      'app',
      'rotate-key',
      'lakala',
      world.lakala.appid,
      '--outbound',
      '--switch-at',
      '2026-12-02',
      '--hub-serial-no',
      'HUB02',
    )
    expect(rotated['publicKey']).toContain('BEGIN PUBLIC KEY')
    const app = core.setup.current().apps.get(pairKey('lakala', world.lakala.appid))!
    const serialAt = (time: string) => outboundKey(app, core.hub.keyring, new Date(time)).serialNo
    expect(serialAt('2026-12-01T23:59:59+08:00')).toBe(world.lakala.platformSerialNo)
    expect(serialAt('2026-12-02T00:00:00+08:00')).toBe('HUB02')
  })

  test('stock grows and shrinks, but never below what is issued', async () => {
    const { scarce } = world.templates
    for (let i = 0; i < 4; i++) await core.issue(issueCommand(at.now, { templateId: scarce }))
    expect(await json('template', 'stock', scarce, '-6')).toMatchObject({ stock: 4, issued: 4, left: 0 })
    const refused = await run('template', 'stock', scarce, '-1')
    expect(refused.exitCode).toBe(1)
    expect(refused.errors[0]).toContain('a stock of 4, of which 4 are issued: at most 0 can be taken away, not 1')
    expect(await json('template', 'stock', scarce, '+100')).toMatchObject({ stock: 104 })
  })

  test('two templates of one code shape share one code space, another shape has its own', async () => {
    const add = (id: string, ...rest: string[]) =>
      json<{ sourceId: number }>(
        'template',
        'add',
        id,
        '--face-value',
        '1',
        '--valid-days',
        '1',
        '--stock',
        'unlimited',
        ...rest,
      )
    const [first, second, other] = [await add('C1'), await add('C2'), await add('C3', '--code-length', '18')]
    expect(second.sourceId).toBe(first.sourceId)
    expect(other.sourceId).not.toBe(first.sourceId)
  })

  test('of two operators who add the same at once one is refused, and both see what the other did', async () => {
    const add = (id: string) =>
      run(
        'template',
        'add',
        id,
        '--face-value',
        '1',
        '--valid-days',
        '1',
        '--stock',
        '1',
        '--code-length',
        '22',
        '--json',
      )
    const said = await Promise.all([add('BOTH'), add('BOTH'), add('ELSE')])
    expect(said.filter(({ exitCode }) => exitCode === 1)).toHaveLength(1)
    expect(said.filter(({ exitCode }) => exitCode === 0)).toHaveLength(2)
    const shapes = [...(await core.setup.refresh()).codeSources.values()].filter(({ length }) => length === 22)
    expect(shapes).toHaveLength(1)
  })

  test('an activity takes templates on and lets them go', async () => {
    await json('activity', 'remove-template', world.activityId, world.templates.short)
    await core.setup.refresh()
    await expect(core.issue(issueCommand(at.now, { templateId: world.templates.short }))).rejects.toMatchObject({
      code: 'template_not_found',
    })
    await json('activity', 'add-template', world.activityId, world.templates.short)
    expect(await json('activity', 'show', world.activityId)).toMatchObject({
      templateIds: ['T-NORMAL', 'T-SCARCE', 'T-SHORT'],
    })
  })

  test('a list goes on where its last page ended', async () => {
    type Page = { items: { id: string }[]; next: string | null }
    const first = await json<Page>('template', 'list', '--limit', '2')
    const second = await json<Page>('template', 'list', '--limit', '2', '--after', first.next!)
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(['T-NORMAL', 'T-SCARCE', 'T-SHORT'])
    expect(second.next).toBeNull()
  })

  test.each([
    [['channel', 'add', world.channelId], 1, 'setup_conflict', /exists already: "quanhub channel update"/],
    [['channel', 'add', '有 空'], 1, 'bad_request', /^id: must be printable ASCII without spaces/],
    [['channel', 'add', 'X', '--name', 'a\u0007b'], 1, 'bad_request', /^name: has no control characters/],
    [['channel', 'update', world.channelId], 1, 'bad_request', /nothing to change/],
    [['channel', 'show', 'NOBODY'], 3, 'setup_not_found', /"quanhub channel list" shows/],
    [['shop', 'add', '990581', 'S2', '--merchant', 'M404'], 3, 'setup_not_found', /merchant 990581 M404/],
    [
      ['activity', 'add', 'A', '--from', '2026-02-01', '--until', '2026-01-01'],
      1,
      'bad_request',
      /ends after it starts/,
    ],
    [['activity', 'add-template', 'ACT1', 'T-SHORT'], 1, 'setup_conflict', /has template T-SHORT/],
    [['app', 'add', 'lakala', 'X', '--channels', 'OWNER1'], 1, 'bad_request', /either a public key or a shared secret/],
    [
      ['app', 'add', 'lakala', 'X', '--channels', 'OWNER1', '--public-key', 'private.pem'],
      1,
      'bad_request',
      /private key/,
    ],
    [
      ['app', 'add', 'lakala', 'X', '--channels', 'NONE', '--public-key', 'bank.pem'],
      3,
      'setup_not_found',
      /channel NONE/,
    ],
    [['app', 'rotate-key', 'shoubei', '990581', '--outbound'], 1, 'bad_request', /shares a secret/],
    [
      ['template', 'add', 'X', '--face-value', '1', '--valid-days', '1', '--stock', '1', '--code-length', '5'],
      1,
      'bad_request',
      /8 to 32 characters/,
    ],
    [
      ['template', 'add', 'X', '--face-value', '1', '--valid-days', '1', '--stock', '1', '--pool', 'none'],
      3,
      'setup_not_found',
      /codes add-pool none/,
    ],
    [
      ['template', 'add', 'X', '--face-value', '1', '--valid-days', '1', '--stock', '1', '--merchant-benefit', '2'],
      1,
      'bad_request',
      /at most the face value/,
    ],
    [['template', 'update', 'T-SHORT', '--redeemable-at', 'acceptors=NONE'], 3, 'setup_not_found', /acceptor NONE/],
    [['activity', 'stock', 'ACT1', '+1'], 1, 'bad_request', /unlimited/],
  ])('%j is refused, and nothing is written', async (argv, exitCode, code, message) => {
    const before = core.setup.current().version
    const said = await run(...argv, '--json')
    expect(said.json).toMatchObject({ error: { code, message: expect.stringMatching(message) as string } })
    expect(said.exitCode).toBe(exitCode)
    expect((await core.setup.refresh()).version).toBe(before)
    expect((await json<Audit>('audit', 'list')).items).toEqual([])
  })
})
