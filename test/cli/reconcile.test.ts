import { afterEach, beforeEach, expect, it } from 'vitest'
import { lanes } from '../../src/core/numbers/numbers.ts'
import { newUseCommand } from '../../src/core/supplier/notice.ts'
import type { Asking } from '../../src/asking/queue.ts'
import { createSupplierAsking } from '../../src/asking/supplier-requests.ts'
import { createSupplierGate } from '../../src/asking/supplier-gate.ts'
import type { StatementRow, SupplierUse } from '../../src/suppliers/supplier.ts'
import { openScene, type Scene } from '../support/acts.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { supplierWorld } from '../support/suppliers.ts'
import { createWallet, seedWallet, stockId, withWallet, type Wallet } from '../support/wallet.ts'
import { issueCommand } from '../support/world.ts'
import { runCli } from './run-cli.ts'

const date = ['--date', '2026-11-22']
type Told = { isRight: boolean; suppliers: { differences: { kind: string; coupon: string }[]; unread: object[] }[] }

describeOnOneDatabase('quanhub reconcile wechat', (database) => {
  let scene: Scene
  let wallet: Wallet
  let desk: Asking

  beforeEach(async () => {
    wallet = createWallet('wechat-pay')
    scene = await openScene(database(), { suppliers: withWallet(wallet) })
    await seedWallet(database(), {}, 'wechat-pay')
    const send = async () => ({ kind: 'failed' as const, reason: 'none', message: 'nothing is sent' })
    desk = createSupplierAsking(scene.core, { gate: createSupplierGate(scene.core, send), lanes: async () => lanes })
    desk.start()
  })
  afterEach(() => desk.stop())

  const run = (...more: string[]) => runCli(scene.core, ['reconcile', 'wechat', ...date, ...more])
  const differences = async (...more: string[]): Promise<string[]> => {
    const { json, exitCode } = await run('--json', ...more)
    const told = json as Told
    expect([told.isRight, exitCode]).toEqual(told.isRight ? [true, 0] : [false, 1])
    return told.suppliers.flatMap((supplier) => supplier.differences.map(({ kind }) => kind)).toSorted()
  }
  let made = 0
  const issue = async (): Promise<string> => {
    const templateId = supplierWorld.templateId
    const command = issueCommand(scene.clock.now(), { templateId, openid: `o-${(made += 1)}` })
    return (await scene.core.issue(command)).coupons[0]!.code
  }
  const record = (use: SupplierUse) => scene.core.recordUse(newUseCommand(scene.hub, 0, supplierWorld.supplierId, use))
  const lineOf = ({ usedAt: at, ...use }: SupplierUse): StatementRow => ({ ...use, at })
  const say = (uses: StatementRow[], refunds: StatementRow[] = []): void => {
    wallet.books = { uses: { kind: 'told', rows: uses }, refunds: { kind: 'told', rows: refunds } }
  }

  it('ends with 0 where the books of the day are the same on both sides', async () => {
    const use = wallet.use(await issue(), { usedAt: new Date('2026-11-22T05:00:00.789Z'), amountFen: 10_000 })
    await record(use)
    // A statement knows whole seconds, and does not have the uses of other days.
    say([lineOf({ ...use, usedAt: new Date('2026-11-22T05:00:00Z') })])
    await record(wallet.use(await issue(), { usedAt: new Date('2026-11-22T16:00:00Z') }))
    expect(await differences()).toEqual([])
    expect((await run()).lines).toEqual([
      `Supplier ${supplierWorld.supplierId}: 1 use and 0 refunds in its statements of 2026-11-22, no difference.`,
    ])
  })

  it('names what is missing on either side, and what is different, with masked numbers', async () => {
    const uses = []
    for (let i = 0; i < 5; i++) uses.push(wallet.use(await issue(), { amountFen: 10_000 }))
    const [missingHere, , otherTime, otherAmount, refunded] = uses as [
      SupplierUse,
      SupplierUse,
      SupplierUse,
      SupplierUse,
      SupplierUse,
    ]
    for (const use of uses.slice(1)) await record(use)
    const stranger = { code: 'W-OF-ANOTHER-HUB', at: otherTime.usedAt }
    say(
      [
        lineOf(missingHere),
        { ...lineOf(otherTime), at: new Date('2026-11-22T06:00:00Z') },
        { ...lineOf(otherAmount), amountFen: 9_900 },
        lineOf(refunded),
        stranger,
      ],
      [{ ...lineOf(refunded), at: new Date('2026-11-22T07:00:00Z') }],
    )
    expect(await differences()).toEqual(
      ['missing_here', 'missing_there', 'other_amount', 'other_time', 'refunded_there', 'unknown_coupon'].toSorted(),
    )
    const { tables, exitCode } = await run()
    const text = JSON.stringify(tables)
    expect([exitCode, tables[0]!.rows.length]).toEqual([1, 6])
    for (const { code } of [...uses, stranger]) expect(text).not.toContain(code)
    const row = tables[0]!.rows.find(([, , , , no]) => no !== '-')!
    expect(row.slice(0, 2)).toEqual([supplierWorld.supplierId, stockId])
  })

  it('writes the uses down that are missing here, with its reason in the audit, and then finds none', async () => {
    const use = wallet.use(await issue())
    say([lineOf(use)])
    expect((await run('--record')).exitCode).toBe(2)
    expect(await differences('--record', '--reason', 'a message was lost')).toEqual(['missing_here'])
    expect(await differences()).toEqual([])
    const [act] = await database().sql`select act, subject_id, reason, after from audit where act like 'supplier.%'`
    expect(act).toEqual({
      act: 'supplier.reconcile',
      subjectId: supplierWorld.supplierId,
      reason: 'a message was lost',
      after: { day: '2026-11-22', recorded: 1 },
    })
    // What its message says later is the same use.
    expect((await record(use)).isRepeat).toBe(true)
  })

  it('shows a use of a coupon that was voided, whether or not its message came', async () => {
    const code = await issue()
    const [coupon] = await database().sql<{ lane: number; sourceId: number; serial: number }[]>`
      select lane, source_id, serial from coupons`
    await scene.change('void', coupon!)
    const use = wallet.use(code)
    say([lineOf(use)])
    expect(await differences('--record', '--reason', 'x')).toEqual(['voided_here'])
    await record(use)
    expect(await differences()).toEqual(['voided_here'])
  })

  it('says which statements it could not read, and misses nothing for that', async () => {
    await record(wallet.use(await issue()))
    wallet.books.uses = { kind: 'unknown', reason: 'the file is cut off' }
    const { lines, exitCode } = await run()
    expect(exitCode).toBe(1)
    expect(lines[0]).toBe(`The statements of batch ${stockId} could not be read: the file is cut off`)
    expect(await differences()).toEqual([])
  })

  it('needs a day that there is and that has begun, and a supplier of this kind', async () => {
    expect((await runCli(scene.core, ['reconcile', 'wechat', '--date', '2026-02-30'])).exitCode).toBe(2)
    const tomorrow = await runCli(scene.core, ['reconcile', 'wechat', '--date', '2030-01-01'])
    expect([tomorrow.exitCode, tomorrow.errors.join()]).toEqual([2, expect.stringContaining('has not begun')])
    expect((await run('--supplier', 'nobody')).exitCode).toBe(3)
  })
})
