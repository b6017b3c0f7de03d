import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { douyinPaths } from '../../simulators/douyin.ts'
import { wechatPayRoutes } from '../../simulators/wechat-pay-routes.ts'
import { databases, freshDatabase, type FreshDatabase } from '../support/database.ts'
import { findFreePort, runCommand, startServer, type ServerProcess } from '../support/server-process.ts'
import { eachOf, until } from './asking.ts'
import { couponsPerHolder, hubOfHolder, startSupplierLoad, type SupplierLoad, type Used } from './supplier-load.ts'
import { openSupplierScene, settlementPriceFen, type SupplierScene } from './supplier-scene.ts'

/** Of two kills each. */
const rounds = inject('isLong') ? 25 : 3
/** What is done at least between two rounds. */
const perRound = { ordered: 2, used: 1 }

type OrderRow = { no: string; externalNo: string; state: 'pending' | 'succeeded' | 'failed'; requestNos: string[] }

// The embedded database serves one process alone, and is slower to start again.
describe.runIf(databases.includes('postgres'))('Two hubs killed at once between asking and writing', () => {
  let dataFolder: string
  let fresh: FreshDatabase
  let environments: Record<string, string>[]
  let scene: SupplierScene
  let hubs: ServerProcess[]
  let load: SupplierLoad | undefined

  beforeEach(async () => {
    dataFolder = mkdtempSync(join(tmpdir(), 'quanhub-crash-'))
    fresh = await freshDatabase('postgres')
    const port = await findFreePort()
    const shared = {
      QUANHUB_MASTER_KEY: randomBytes(32).toString('hex'),
      QUANHUB_REQUESTS_PER_SECOND: '100000',
      QUANHUB_CALLBACK_NETWORKS: '127.0.0.0/8',
      QUANHUB_LOG_LEVEL: 'error',
      DATABASE_URL: fresh.url!,
    }
    environments = [0, 1].map((i) => ({
      ...shared,
      QUANHUB_DATA_DIR: join(dataFolder, String(i)),
      PORT: String(port + i),
    }))
    scene = await openSupplierScene(environments[0]!, [`http://127.0.0.1:${port}`, `http://127.0.0.1:${port + 1}`])
    // One process that ends in order leaves its compiled modules to those that are killed.
    await runCommand({ args: ['--help'], environment: shared })
    hubs = await startHubs()
  })
  afterEach(async () => {
    load?.abandon()
    await killHubs()
    await scene.close()
    await fresh.drop()
    rmSync(dataFolder, { recursive: true, force: true })
  })

  it(`${rounds} times: one coupon per order, none fails that was given, and each code is used once`, async () => {
    load = startSupplierLoad(scene)
    for (let round = 0; round < rounds; round++) await killWhileAsking(load, round)
    await load.stop()
    await until(async () => (await readOrders()).every(({ state }) => state !== 'pending'))
    expectAskedAgain()
    await expectOneCouponEach(load)
    await expectUsedOnce(load)
    await expectBalance()
    const verified = await runCommand({ args: ['verify', '--full'], environment: environments[0]! })
    expect(verified).toMatchObject({ exitCode: 0, output: expect.stringContaining('Everything adds up') })
  })

  const startHubs = (): Promise<ServerProcess[]> =>
    Promise.all(environments.map((environment) => startServer({ args: ['serve'], environment })))
  const killHubs = () => Promise.all(hubs.map((hub) => hub.kill('SIGKILL')))

  /** Douyin is asked in two steps: the answers to one or the other are lost. */
  async function killWhileAsking({ ordered, used, check }: SupplierLoad, round: number): Promise<void> {
    const enough = { ordered: ordered.length + perRound.ordered, used: used.length + perRound.used }
    await until(() => check() && ordered.length >= enough.ordered && used.length >= enough.used)
    const before = { wechat: lostAtWechat().length, douyin: lostAtDouyin().length }
    const step = round % 2 === 0 ? douyinPaths.verify : douyinPaths.prepare
    setModes('timeout', step)
    const waiting = () => new Set(lostAtWechat().slice(before.wechat).map(hubOf))
    await until(() => check() && waiting().size === hubs.length && lostAtDouyin().length > before.douyin)
    await killHubs()
    setModes('ok', step)
    await letClaimsEnd()
    hubs = await startHubs()
  }

  /** In mode `timeout` suppliers do what they are asked, and never answer. */
  function setModes(mode: 'ok' | 'timeout', step: string): void {
    scene.wechat.setMode({ path: wechatPayRoutes.userCoupons, mode })
    scene.douyin.setMode({ path: step, mode })
  }

  const lostAtWechat = () => scene.wechat.inbox.filter(({ mode }) => mode === 'timeout')
  const lostAtDouyin = () => scene.douyin.inbox.filter(({ mode }) => mode === 'timeout')
  const hubOf = ({ path }: { path: string }): number => hubOfHolder(path.split('/users/')[1]!)

  /** What two minutes between a crash and the restart would do, in which all that a dead process claimed runs out. */
  async function letClaimsEnd(): Promise<void> {
    const { sql } = fresh.database
    await sql`update lane_leases set leased_until = 'epoch'`
    await sql`update supplier_requests set claimed_until = 'epoch' where claim_id is not null`
    await sql`update foreign_redemptions set claimed_until = 'epoch' where claim_id is not null`
    await sql`update supplier_turns set claimed_until = 'epoch'`
  }

  const readOrders = () => fresh.database.sql<OrderRow[]>`
    select no, external_no, state,
      array(select r.no from supplier_requests r where r.order_no = o.no and r.kind = 'make') as request_nos
    from orders o`

  /** Each answer that a hub did not live to hear was asked for again, by the same number. */
  function expectAskedAgain(): void {
    const numberOf = ({ body }: { body: unknown }) => (body as Record<string, unknown>)['out_request_no']
    const lost = lostAtWechat().map(numberOf)
    const answered = new Set(scene.wechat.inbox.filter(({ mode }) => mode === 'ok').map(numberOf))
    expect(lost.length).toBeGreaterThanOrEqual(rounds * hubs.length)
    expect(lost.filter((number) => !answered.has(number))).toEqual([])
    expect(lostAtDouyin().length).toBeGreaterThanOrEqual(rounds)
  }

  async function expectOneCouponEach({ ordered }: SupplierLoad): Promise<void> {
    const orders = await readOrders()
    const given = new Map(scene.wechat.given().map((coupon) => [coupon['out_request_no'], coupon['coupon_id']]))
    expect(orders.map(({ externalNo }) => externalNo).toSorted()).toEqual(
      ordered.map(({ bizCode }) => bizCode).toSorted(),
    )
    // Nothing was given that no order of ours is for, and each order has what was given for it: one coupon, or none.
    const couponsOf = ({ requestNos }: OrderRow) => requestNos.flatMap((number) => given.get(number) ?? [])
    expect(orders.flatMap(couponsOf)).toHaveLength(given.size)
    const [{ merchant }] = scene.partners
    await eachOf(orders, async (order) => {
      const { data } = await merchant.query({ orderCode: order.no })
      const { status, couponId } = data ?? {}
      const isGiven = order.state === 'succeeded'
      const heard = { no: order.no, status, couponIds: couponId === null ? [] : [couponId] }
      expect(heard).toEqual({ no: order.no, status: isGiven ? 2 : 3, couponIds: couponsOf(order) })
    })
    expectGivenAsFarAsItGoes(ordered)
  }

  /** No order failed but those that WeChat itself refused: each holder has as many as a holder may have. */
  function expectGivenAsFarAsItGoes(ordered: SupplierLoad['ordered']): void {
    const wanted = tally(ordered.map(({ openId }) => openId))
    const expected = [...wanted].map(([openId, count]) => [openId, Math.min(count, couponsPerHolder)] as const)
    expect(tally(scene.wechat.given().map(({ openid }) => String(openid)))).toEqual(new Map(expected))
  }

  async function expectUsedOnce({ used }: SupplierLoad): Promise<void> {
    const [{ till }] = scene.partners
    await eachOf(used, async ({ code, winner, loser }: Used) => {
      expect(scene.douyin.codeOf(code)).toMatchObject({ state: 'used' })
      const { body } = await till.query({ orderNo: winner.orderNo })
      expect(body).toMatchObject({ status: 'SUCCESS', codes: code, wf_trace_no: winner.traceNo })
      expect((await till.query({ traceNo: loser.traceNo })).body).not.toMatchObject({ status: 'SUCCESS' })
    })
    // A code that was taken back could be used twice: nobody asked for that.
    expect(scene.douyin.inbox.filter(({ path }) => path === douyinPaths.cancel)).toEqual([])
    const [row] = await fresh.database.sql`
      select count(*)::int as all, count(*) filter (where state = 'succeeded')::int as succeeded from foreign_redemptions`
    expect(row).toEqual({ all: used.length, succeeded: used.length })
  }

  /** The balance paid for what was given, and for nothing else. */
  async function expectBalance(): Promise<void> {
    const [row] = await fresh.database.sql`
      select used::int from counters where key = ${`balance:${scene.exchange.merchantId}`}`
    expect(row).toEqual({ used: scene.wechat.given().length * settlementPriceFen })
  }
})

function tally(names: string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
