import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { lanes } from '../../src/core/numbers/numbers.ts'
import { askClaimSeconds } from '../../src/core/batch/pending.ts'
import { verifyHub } from '../../src/core/verify/verify.ts'
import type { Asking } from '../../src/asking/queue.ts'
import { createSupplierAsking } from '../../src/asking/supplier-requests.ts'
import { createSupplierGate } from '../../src/asking/supplier-gate.ts'
import type { Core } from '../../src/core/core.ts'
import { openScene, type Scene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { supplierWorld } from '../support/suppliers.ts'
import { createWallet, seedWallet, withWallet, type Wallet } from '../support/wallet.ts'
import { issueCommand, openTestHub } from '../support/world.ts'

const send = async () => ({ kind: 'failed' as const, reason: 'none', message: 'nothing is sent' })

/** What goes wrong with one attempt: a hub dies before or behind the asking, or the answer is lost, or is a no. */
type Fault = 'dies before asking' | 'dies before writing' | 'answer lost' | 'silence' | 'refused'

describeOnEachDatabase('A hub that asks a wallet', (database) => {
  const open = async (): Promise<{ scene: Scene; wallet: Wallet }> => {
    const wallet = createWallet()
    const scene = await openScene(database(), { suppliers: withWallet(wallet) })
    await seedWallet(database())
    return { scene, wallet }
  }
  const deskOf = (core: Core): Asking =>
    createSupplierAsking(core, { gate: createSupplierGate(core, send), lanes: async () => lanes })
  const never = (): Promise<never> => new Promise(() => undefined)
  const orders = () => database().sql<{ state: string; coupons: number }[]>`
    select state, (select count(*) from coupons c where c.order_no = o.no) as coupons from orders o`
  const openRequests = async (): Promise<number> =>
    (await database().sql`select 1 from supplier_requests where finished_at is null`).length

  /** Orders, and goes on when it is written down: nobody listens here, so a desk finds it due. */
  async function order({ core, clock }: Scene, openid: string): Promise<void> {
    const before = await openRequests()
    void core.issue(issueCommand(clock.now(), { templateId: supplierWorld.templateId, openid })).catch(() => undefined)
    await expect.poll(openRequests).toBe(before + 1)
  }

  async function suffer({ scene, wallet }: { scene: Scene; wallet: Wallet }, fault: Fault): Promise<void> {
    const { core } = scene
    const asked = wallet.asked()
    // A process that is killed never comes back from what it was about to do, and gives nothing up.
    const dying = { ...core, settle: never }
    if (fault === 'dies before asking') wallet.answers.push(never)
    if (fault === 'answer lost') wallet.answers.push(async (_, give) => (give(), { kind: 'unknown', reason: 'lost' }))
    if (fault === 'silence') wallet.answers.push(async () => ({ kind: 'unknown', reason: 'silence' }))
    // Who has given says no no more.
    const no = { kind: 'refused' as const, code: 'RULE_LIMIT', message: 'no more', reason: 'limit_exceeded' as const }
    if (fault === 'refused') {
      wallet.answers.push(async ({ no: number }, give) =>
        wallet.given.has(number) ? { kind: 'accepted', codes: [give()] } : no,
      )
    }
    const isDeath = fault.startsWith('dies')
    const round = deskOf(isDeath ? dying : core).tick()
    await (isDeath ? expect.poll(wallet.asked).toBe(asked + 1) : round)
    wallet.answers.length = 0
    scene.clock.advance(Math.max(askClaimSeconds, 14_400) + 1)
  }

  it('makes one coupon of an order, however often it dies on the way, and fails none that was given', async () => {
    const faults = fc.constantFrom<Fault>(
      'dies before asking',
      'dies before writing',
      'answer lost',
      'silence',
      'refused',
    )
    const opened = await open()
    const { scene, wallet } = opened
    let made = 0
    await fc.assert(
      fc.asyncProperty(fc.array(faults, { maxLength: 5 }), async (list) => {
        made += 1
        await order(scene, `o-${made}`)
        for (const fault of list) if ((await openRequests()) > 0) await suffer(opened, fault)
        await deskOf(scene.core).tick()
        expect(await openRequests()).toBe(0)
        const rows = await orders()
        expect(rows.length).toBe(made)
        for (const { state, coupons } of rows) expect([state, coupons]).toEqual([state, state === 'succeeded' ? 1 : 0])
        expect(rows.filter(({ state }) => state === 'succeeded').length).toBe(wallet.given.size)
      }),
      { numRuns: 8 },
    )
    expect((await verifyHub(scene.core, { isFull: true, pauseMilliseconds: 0 })).differences).toEqual([])
  })

  it('asks about one holder and product one at a time, from two processes too, and about others meanwhile', async () => {
    const { scene, wallet } = await open()
    const other = await openTestHub(database(), { now: scene.clock.now, suppliers: withWallet(wallet) })
    const desks = [deskOf(scene.core), deskOf(other.core)]
    for (let i = 0; i < 6; i++) await order(scene, 'o-same')
    for (let i = 0; i < 3; i++) await order(scene, `o-other-${i}`)
    await Promise.all(desks.map((desk) => desk.tick()))
    expect([...wallet.given].length).toBeGreaterThan(3)
    while ((await openRequests()) > 0) {
      scene.clock.advance(2)
      await Promise.all(desks.map((desk) => desk.tick()))
    }
    expect([wallet.given.size, wallet.mostAtOnce()]).toEqual([9, 1])
    // To wait for one's turn uses up no attempt.
    const [row] = await database().sql`select max(attempts) as attempts from supplier_requests`
    expect(row).toEqual({ attempts: 1 })
    expect(await database().sql`select 1 from supplier_turns`).toEqual([])
  })

  it('gives the turn of a process that died to the next one when its time is up', async () => {
    const opened = await open()
    const { scene } = opened
    await order(scene, 'o-same')
    await suffer(opened, 'dies before writing')
    await order(scene, 'o-same')
    while ((await openRequests()) > 0) {
      await deskOf(scene.core).tick()
      scene.clock.advance(2)
    }
    expect((await orders()).map(({ state }) => state)).toEqual(['succeeded', 'succeeded'])
  })
})
