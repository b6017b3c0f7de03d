import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createCore } from '../../src/core/core.ts'
import { codeHash } from '../../src/core/keys/hashes.ts'
import { makeNonceKey } from '../../src/core/command/callers.ts'
import { newUseCommand } from '../../src/core/supplier/notice.ts'
import type { SupplierRequestRow } from '../../src/db/supplier-requests.ts'
import type { Database, Tx } from '../../src/db/client/client.ts'
import { cancelCommand, changeCommand, changeSetUp, openScene } from '../support/acts.ts'
import { databases, freshDatabase, type FreshDatabase } from '../support/database.ts'
import { foreignCode, seedSupplier, settleRequest, supplierWorld } from '../support/suppliers.ts'
import { createOtherSide, otherDesk, otherWorld, seedRoutes } from '../support/other-side.ts'
import { issueCommand, redeemCommand } from '../support/world.ts'

const explained = 'explain (costs off) '
const isStatement = /^\s*(?:select|insert|update|delete|with)\b/

/** Asks for the plan of every statement of a transaction, before it runs and as it would run there. */
function explainAll(database: Database): { database: Database; plans: Promise<string>[] } {
  const plans: Promise<string>[] = []
  const keep = (rows: PromiseLike<unknown>): void =>
    void plans.push(
      Promise.resolve(rows).then((lines) =>
        (lines as Record<string, string>[]).map((row) => Object.values(row)[0]).join('\n'),
      ),
    )
  const explaining = (tx: Tx): Tx =>
    new Proxy(tx, {
      apply: (target, self, [strings, ...values]: [TemplateStringsArray, ...unknown[]]) => {
        const texts = [explained + strings[0], ...strings.slice(1)]
        // What is no statement is a part of one, and explained with it.
        if (isStatement.test(strings[0]!))
          keep(Reflect.apply(target as never, self, [Object.assign(texts, { raw: texts }), ...values]))
        return Reflect.apply(target as never, self, [strings, ...values])
      },
      get: (target, name) => {
        if (name !== 'unsafe') return Reflect.get(target, name) as unknown
        return (text: string, values: never[]) => {
          keep(target.unsafe(explained + text, values))
          return target.unsafe(text, values)
        }
      },
    })
  return { plans, database: { ...database, transaction: (work) => database.transaction((tx) => work(explaining(tx))) } }
}

describe.runIf(databases.includes('postgres'))('On a young database, which knows nothing of its tables', () => {
  let fresh: FreshDatabase
  beforeAll(async () => void (fresh = await freshDatabase('postgres')))
  afterAll(() => fresh.drop())

  it('every statement of a batch finds its rows by key', async () => {
    const { hub, clock, issue } = await openScene(fresh.database)
    await changeSetUp(fresh.database, 'update templates set max_per_member = 9, max_per_openid_day = 9')
    await issue()
    await seedSupplier(fresh.database, { makeCodeURL: 'http://127.0.0.1:1/make' })
    await seedRoutes(fresh.database)
    const { database, plans } = explainAll(hub.database)
    const other = createOtherSide()
    const otherCode = other.give('679533922928')
    const suppliers = new Map([['other', other.supplier]])
    const core = await createCore({ ...hub, suppliers, database }, { firstWaitSeconds: () => 1 })
    const desk = otherDesk(core)
    desk.start()
    onTestFinished(desk.stop)
    plans.length = 0
    const urls = { issueUrl: 'http://127.0.0.1/', redeemUrl: 'http://127.0.0.1/' }
    const nonce = makeNonceKey('lakala', 'a', 'n', 300)
    const { coupons } = await core.issue(issueCommand(clock.now(), { ...urls, nonce }))
    const { code, coupon } = coupons[0]!
    await core.redeem(redeemCommand(code, clock.now(), { traceNo: 'W1' }))
    await core.reverse(cancelCommand('W1', clock.now()))
    await core.changeCoupon(changeCommand('void', coupon, clock.now()))
    const { templateId, supplierId } = supplierWorld
    const handed = new Promise<SupplierRequestRow>((resolve) => core.pending.listen(resolve))
    const ordering = core.issue(issueCommand(clock.now(), { templateId, ...urls }))
    const given = foreignCode()
    const sealed = { code: given, hash: codeHash(hub.keyring, given), cipher: hub.keyring.encrypt(given) }
    await settleRequest(core, await handed, { kind: 'accepted', codes: [sealed] })
    await ordering
    await core.recordUse(newUseCommand(hub, 0, supplierId, { code: given, usedAt: clock.now() }))
    const route = { routing: { channelType: otherWorld.channelType, excluded: [] } }
    await core.redeem(redeemCommand(otherCode, clock.now(), { ...route, traceNo: 'W2' }))
    await core.reverse(cancelCommand('W2', clock.now()))
    await desk.tick()
    const texts = (await Promise.all(plans)).filter((plan) => !plan.includes('on setup_version'))
    expect(texts.length).toBeGreaterThan(25)
    const slow = texts.filter((plan) => /Seq Scan|Hash Join|Merge Join/.test(plan))
    expect(slow).toEqual([])
  })
})
