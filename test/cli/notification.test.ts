import { afterEach, beforeEach, expect, test } from 'vitest'
import { searchAudit } from '../../src/db/search.ts'
import { openScene, type Scene } from '../telling/partner.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { world } from '../support/world.ts'
import { jsonOf, runCli } from './run-cli.ts'

type Listed = { items: { no: string; kind: string; state: string; orderNo: string }[]; next: string | null }
type Shown = { state: string; attempts: number; deliveries: { attempt: number; isManual: boolean; outcome: string }[] }

describeOnOneDatabase('notifications by the command line', (database) => {
  let scene: Scene
  beforeEach(async () => {
    scene = await openScene(database())
  })
  afterEach(() => scene.close())
  const json = <T>(...argv: string[]) => jsonOf<T>(scene.core, ['notification', ...argv])
  const run = (...argv: string[]) => runCli(scene.core, ['notification', ...argv])
  const list = (...argv: string[]) => json<Listed>('list', ...argv)

  test('are listed page by page, the oldest first, and narrowed down', async () => {
    const orders = []
    for (let i = 0; i < 3; i++) {
      const { order, code } = await scene.issue({ isIssueTold: true })
      scene.clock.advance(30)
      await scene.redeem(code)
      scene.clock.advance(30)
      orders.push(order)
    }
    const all = (await list()).items
    expect(all.map(({ kind }) => kind)).toEqual(['issued', 'used', 'issued', 'used', 'issued', 'used'])
    const first = await list('--limit', '4')
    const rest = await list('--limit', '4', '--after', first.next!)
    expect([...first.items, ...rest.items]).toEqual(all)
    expect(rest.next).toBeNull()
    expect((await list('--order', orders[1]!.no)).items).toEqual(all.slice(2, 4))
    expect((await list('--kind', 'used', '--state', 'due,given_up')).items).toHaveLength(3)
    expect((await list('--channel', 'NOBODY')).items).toEqual([])
    expect((await list('--since', '2026-03-01 10:02')).items).toHaveLength(2)
    expect((await list('--until', '2026-03-01 10:02')).items).toHaveLength(4)
  })

  test('are shown with every attempt, manual ones too', async () => {
    scene.receiver.setMode({ path: '/lakala/issued', mode: '500' })
    await scene.issue({ isIssueTold: true })
    scene.clock.advance(1)
    await scene.makeDispatcher().tick()
    const { no } = (await list()).items[0]!
    const failed = await run('replay', no, '--reason', 'they asked')
    expect(failed).toMatchObject({ exitCode: 1 })
    scene.receiver.setMode({ path: '/lakala/issued', mode: 'ok' })
    const dry = await run('replay', no, '--dry-run')
    expect(dry.lines.join()).toContain('1 match and would be told. Nobody was told.')
    expect(await run('replay', no, '--reason', 'they asked')).toMatchObject({ exitCode: 0 })
    expect(await json<Shown>('show', no)).toMatchObject({
      state: 'delivered',
      attempts: 3,
      deliveries: [
        { attempt: 1, isManual: false, outcome: 'refused' },
        { attempt: 2, isManual: true, outcome: 'refused' },
        { attempt: 3, isManual: true, outcome: 'delivered' },
      ],
    })
    expect((await run('show', no)).lines.join('\n')).toMatch(/attempt 3 {2}.*delivered, HTTP 200, \d+ ms, by hand/)
    expect(await searchAudit(database().sql, { limit: 10 })).toMatchObject([
      { act: 'notification.replay', subjectId: no, reason: 'they asked' },
      { act: 'notification.replay', subjectId: no, reason: 'they asked' },
    ])
  })

  test('are told again in sets; what was delivered only where that is said', async () => {
    for (let i = 0; i < 3; i++) await scene.issue({ isIssueTold: true })
    const told = await json('replay', '--channel', world.channelId, '--reason', 'r')
    expect(told).toEqual({ matched: 3, delivered: 3, failed: 0, skipped: 0, isDryRun: false })
    const none = await run('replay', '--channel', world.channelId, '--reason', 'r')
    expect(none.lines.join()).toContain('--state delivered')
    expect(await json('replay', '--state', 'delivered', '--reason', 'r')).toMatchObject({ matched: 3, delivered: 3 })
    expect(scene.receiver.inbox).toHaveLength(6)
  })

  test.each([
    [['replay', '--reason', 'r'], 2, 'Say which'],
    [['replay', '--channel', 'X'], 2, '--reason'],
    [['replay', '123', '--dry-run'], 2, 'no notification number'],
    [['list', '--state', 'lost'], 2, 'due'],
    [['replay', '--state', 'withdrawn', '--dry-run'], 2, 'given_up'],
    [['show', '20260301100000000000123456789012'], 3, 'There is no notification'],
  ])('%j is refused in words that say what to do', async (argv, exitCode, words) => {
    const said = await run(...argv)
    expect(said.exitCode).toBe(exitCode)
    expect(said.errors.join()).toContain(words)
  })
})
