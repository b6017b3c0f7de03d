import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCore } from '../../src/core/core.ts'
import { makeNonceKey } from '../../src/core/command/callers.ts'
import { openDatabase, type Database, type Tx } from '../../src/db/client/client.ts'
import {
  cancelCommand,
  changeCommand,
  changeSetUp,
  countOf,
  createClock,
  heard,
  openScene,
  tally,
  type Scene,
} from '../support/acts.ts'
import { createNap } from '../../src/time/waiting.ts'
import { createReadiness } from '../../src/readiness.ts'
import {
  databases,
  describeOnEachDatabase,
  freshDatabase,
  useDatabase,
  type FreshDatabase,
} from '../support/database.ts'
import { startProxy, type Proxy as DatabaseProxy } from '../support/proxy.ts'
import { issueCommand, openTestHub, redeemCommand, world } from '../support/world.ts'

// The database cannot hold it, so that the save fails, which decide could not foresee.
const unstorable = { issueUrl: 'http://127.0.0.1/\u0000' }
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i))

describeOnEachDatabase('A batch', (database) => {
  it('lets one refusal never harm the others', async () => {
    const { core, clock } = await openScene(database())
    const ask = (i: number) => core.issue(issueCommand(clock.now(), i % 2 === 0 ? {} : { templateId: 'T-NONE' }))
    expect(await tally(times(20, ask))).toEqual({ ok: 10, template_not_found: 10 })
    expect(await countOf(database(), 'orders')).toBe(10)
  })

  it('lets only the guilty one hear of a database error', async () => {
    const { core, clock } = await openScene(database())
    const ask = (i: number) => core.issue(issueCommand(clock.now(), i === 7 ? unstorable : {}))
    const settled = await Promise.allSettled(times(20, ask))
    expect(settled.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []))).toEqual([7])
    expect(await countOf(database(), 'coupons')).toBe(19)
  })

  it('that is run again command by command counts a guess once', async () => {
    const { core, clock, issue } = await openScene(database())
    const { code } = await issue()
    const guess = (i: number) => heard(core.redeem(redeemCommand(String(10 ** 15 + i), clock.now())))
    const failing = core.redeem(redeemCommand(code, clock.now(), { detail: { remark: '\u0000' } }))
    const [failed, ...guesses] = await Promise.allSettled([failing, ...times(10, guess)])
    expect([failed.status, guesses.length]).toEqual(['rejected', 10])
    expect(new Set(await Promise.all(times(10, (i) => guess(10 + i))))).toEqual(new Set(['coupon_not_found']))
    expect(await guess(99)).toBe('too_many_guesses')
  })

  it('drops a command whose caller no longer waits, before it is decided', async () => {
    const { core, clock } = await openScene(database())
    const late = { deadline: new Date(clock.now().getTime() - 1) }
    const answers = [core.issue(issueCommand(clock.now(), late)), core.issue(issueCommand(clock.now()))]
    expect(await Promise.all(answers.map(heard))).toEqual(['busy', 'ok'])
    expect(await countOf(database(), 'orders')).toBe(1)
  })

  it('refuses what comes when ten thousand are waiting', async () => {
    const { core, clock } = await openScene(database())
    const command = issueCommand(clock.now(), { deadline: new Date(0) })
    const waiting = tally(times(10_000, () => core.issue(command)))
    await expect(core.issue(command)).rejects.toThrow('10000 commands are waiting')
    expect(await waiting).toEqual({ busy: 10_000 })
    expect(await heard(core.issue(issueCommand(clock.now())))).toBe('ok')
  })

  it('holds at most as many commands as it may, and all that came meanwhile', async () => {
    const { hub, clock } = await openScene(database(), { config: { batchCommands: 40 } })
    const sizes: number[] = []
    const core = await createCore(hub, { firstWaitSeconds: () => 1, onBatch: ({ commands }) => sizes.push(commands) })
    const first = core.issue(issueCommand(clock.now()))
    await new Promise((resolve) => setImmediate(resolve))
    await Promise.all([first, ...times(100, () => core.issue(issueCommand(clock.now())))])
    expect(sizes).toEqual([1, 40, 40, 20])
  })

  it('runs as many statements for fifty commands as for one', async () => {
    const { hub, clock } = await openScene(database())
    await changeSetUp(database(), 'update templates set max_per_member_day = 1000, max_per_openid = 1000')
    const counted = countStatements(hub.database)
    const core = await createCore({ ...hub, database: counted.database }, { firstWaitSeconds: () => 1 })
    const urls = { issueUrl: 'http://127.0.0.1/', redeemUrl: 'http://127.0.0.1/' }
    let round = 0
    const live = async (n: number): Promise<number[]> => {
      round += 1
      const nonce = (i: number) => makeNonceKey('lakala', 'a', `${round}/${i}`, 300)
      const orders = await counted.during(
        times(n, (i) => core.issue(issueCommand(clock.now(), { ...urls, nonce: nonce(i) }))),
      )
      const coupons = orders.map(({ coupons }) => coupons[0]!)
      const trace = (i: number) => ({ traceNo: `W${round}-${i}` })
      await counted.during(coupons.map(({ code }, i) => core.redeem(redeemCommand(code, clock.now(), trace(i)))))
      await counted.during(coupons.map((_, i) => core.reverse(cancelCommand(`W${round}-${i}`, clock.now()))))
      await counted.during(coupons.map(({ coupon }) => core.changeCoupon(changeCommand('void', coupon, clock.now()))))
      return counted.takeCounts()
    }
    await live(1)
    const alone = await live(1)
    expect(alone.every((count) => count > 3 && count < 20)).toBe(true)
    expect(await live(50)).toEqual(alone)
  })
})

type Counted = {
  database: Database
  during: <T>(answers: Promise<T>[]) => Promise<T[]>
  takeCounts: () => number[]
}

/** Counts what is asked of transactions, act by act. */
function countStatements(database: Database): Counted {
  let counts: number[] = []
  let count = 0
  const counting = (tx: Tx): Tx =>
    new Proxy(tx, {
      apply: (target, self, given) => ((count += 1), Reflect.apply(target as never, self, given)),
      get: (target, name) => {
        if (name === 'unsafe') count += 1
        return Reflect.get(target, name) as unknown
      },
    })
  return {
    database: { ...database, transaction: (work) => database.transaction((tx) => work(counting(tx))) },
    during: async (answers) => {
      count = 0
      const all = await Promise.all(answers)
      counts.push(count)
      return all
    },
    takeCounts: () => {
      const taken = counts
      counts = []
      return taken
    },
  }
}

describeOnEachDatabase('Two hubs over one database', (database) => {
  const pair = async () => {
    const one = await openScene(database())
    // Without a limit there is no counter whose lock would put them in order.
    await changeSetUp(database(), `delete from counters where key like 'stock:%'`)
    const two = await openTestHub(database(), { now: one.clock.now })
    return { ...one, cores: [one.core, two.core] as const }
  }

  it('make one order of the same request, each alone in its batch', async () => {
    const { cores, clock } = await pair()
    for (const externalNo of times(8, (i) => `E${i}`)) {
      const orders = await Promise.all(cores.map((core) => core.issue(issueCommand(clock.now(), { externalNo }))))
      expect(orders[0]!.order.no).toBe(orders[1]!.order.no)
    }
  })

  it('hear one nonce once', async () => {
    const { cores, clock } = await pair()
    for (const n of times(8, String)) {
      const nonce = makeNonceKey('lakala', world.lakala.appid, n, 300)
      const asks = cores.map((core) => core.issue(issueCommand(clock.now(), { nonce })))
      expect(await tally(asks)).toEqual({ ok: 1, request_replayed: 1 })
    }
  })

  it('bind one trace number to one of two coupons', async () => {
    const { cores, clock, issue } = await pair()
    for (const traceNo of times(8, (i) => `W${i}`)) {
      const coupons = [await issue(), await issue()]
      const asks = cores.map((core, i) => core.redeem(redeemCommand(coupons[i]!.code, clock.now(), { traceNo })))
      expect(await tally(asks)).toEqual({ ok: 1, request_conflict: 1 })
    }
  })

  it('keep what they promise with many batches in flight, of one command each', async () => {
    const config = { batchCommands: 1, batchesInFlight: 8 }
    const one = await openScene(database(), { config })
    const two = await openTestHub(database(), { now: one.clock.now, config })
    const coreOf = (i: number) => (i % 2 === 0 ? one : two).core
    const ask = (i: number, given = {}) => coreOf(i).issue(issueCommand(one.clock.now(), given))
    const { scarce } = world.templates
    expect(await tally(times(60, (i) => ask(i, { templateId: scarce })))).toEqual({ ok: 10, stock_exhausted: 50 })
    const orders = await Promise.all(times(60, (i) => ask(i, { quantity: 30, externalNo: `E${i >> 1}` })))
    expect(new Set(orders.flatMap(({ coupons }) => coupons.map(({ code }) => code))).size).toBe(900)
    const { code } = orders[0]!.coupons[0]!
    const redemptions = times(30, (i) => coreOf(i).redeem(redeemCommand(code, one.clock.now())))
    expect(await tally(redemptions)).toEqual({ ok: 1, coupon_redeemed: 29 })
  })

  it('redeem a coupon once', async () => {
    const { cores, clock, issue } = await pair()
    for (let round = 0; round < 8; round += 1) {
      const { code } = await issue()
      expect(await tally(cores.map((core) => core.redeem(redeemCommand(code, clock.now()))))).toEqual({
        ok: 1,
        coupon_redeemed: 1,
      })
    }
  })

  it('cancel what is redeemed at the same time, or forestall it: in the end the coupon is free', async () => {
    const { cores, clock, issue, stateOf } = await pair()
    for (const traceNo of times(8, (i) => `W${i}`)) {
      const { code, coupon } = await issue()
      const redeemed = heard(cores[0].redeem(redeemCommand(code, clock.now(), { traceNo })))
      const cancelled = cores[1].reverse(cancelCommand(traceNo, clock.now()))
      expect([await redeemed, (await cancelled).kind]).toBeOneOf([
        ['ok', 'reversed'],
        ['request_cancelled', 'forestalled'],
      ])
      expect(await stateOf(coupon)).toBe('issued')
    }
  })
})

// The embedded database has no second session that could lock a row.
describe.runIf(databases.includes('postgres'))('When somebody else holds a row locked', () => {
  it('the commands of other rows are done meanwhile, and its own as soon as it is free', async () => {
    const database = await useDatabase('postgres')
    const { issue, redeem } = await openScene(database)
    const coupons = await Promise.all(times(40, () => issue()))
    const [locked, ...others] = coupons
    const { sourceId, serial } = locked!.coupon
    const [taken, free] = [createNap(), createNap()]
    const holding = database.transaction(async (tx) => {
      await tx`select 1 from coupons where source_id = ${sourceId} and serial = ${serial} for update`
      taken.wake()
      await free.sleep(600_000)
    })
    await taken.sleep(600_000)
    const waiting = redeem(locked!.code)
    for (const round of [others.slice(0, 20), others.slice(20)])
      expect(await Promise.all(round.map(({ code }) => redeem(code)))).toEqual(round.map(() => 'ok'))
    free.wake()
    await holding
    expect(await waiting).toBe('ok')
  })
})

describe.runIf(databases.includes('postgres'))('When the database falls silent', () => {
  it('every caller hears so by its deadline, and the hub says that it is not ready', async () => {
    const fresh = await freshDatabase('postgres')
    const proxy = await startProxy(fresh.url!)
    const database = await openDatabase({ databaseUrl: proxy.url, dataFolder: '', poolSize: 2 })
    const { core } = await openTestHub(database, { now: () => new Date() })
    const isReady = createReadiness(core, () => 'ready')
    try {
      expect(await isReady()).toBeUndefined()
      proxy.silence(true)
      const soon = () => ({ deadline: new Date(Date.now() + 200) })
      const answers = times(3, () => heard(core.issue(issueCommand(new Date(), soon()))))
      expect(await answers[0]).toBe('outcome_unknown')
      expect(core.oldestCommands().find(({ verb }) => verb === 'issue')!.seconds).toBeGreaterThan(0)
      expect(await isReady()).toContain('does not answer')
    } finally {
      await database.close()
      await proxy.close()
      await fresh.drop()
    }
  })
})

// The embedded database has no connection that could be cut.
describe.runIf(databases.includes('postgres'))('When the connection is cut at the commit', () => {
  let fresh: FreshDatabase
  let proxy: DatabaseProxy
  let database: Database
  let scene: Scene

  beforeAll(async () => {
    fresh = await freshDatabase('postgres')
    proxy = await startProxy(fresh.url!)
    database = await openDatabase({ databaseUrl: proxy.url, dataFolder: '', poolSize: 2 })
    scene = await openScene(database, { clock: createClock() })
  })
  afterAll(async () => {
    await database.close()
    await proxy.close()
    await fresh.drop()
  })

  it.each(['before it arrives', 'after it arrived'] as const)(
    '%s, the caller hears the first answer of a batch',
    async (when) => {
      const { core, clock } = scene
      const before = await countOf(fresh.database, 'orders')
      proxy.cutAt('commit', when)
      const commands = times(5, () => issueCommand(clock.now()))
      const orders = await Promise.all(commands.map(core.issue))
      expect(orders.map(({ order }) => order.no)).toEqual(commands.map(({ no }) => no))
      expect(await countOf(fresh.database, 'orders')).toBe(before + 5)
    },
  )

  it.each(['before it arrives', 'after it arrived'] as const)(
    '%s, a redemption and a void find their own effect',
    async (when) => {
      const { core, clock, issue } = scene
      const [one, other] = [await issue(), await issue()]
      proxy.cutAt('commit', when)
      const command = redeemCommand(one.code, clock.now(), { isRepeatable: false })
      const { redemption, isRepeat } = await core.redeem(command)
      expect([redemption.no.slice(20), isRepeat]).toEqual([command.no.slice(20), false])
      proxy.cutAt('commit', when)
      const { coupon } = await core.changeCoupon(changeCommand('void', other.coupon, clock.now()))
      expect(coupon.state).toBe('voided')
      const [row] = await fresh.database.sql`select count(*) as count from audit where act = 'coupon.void'`
      expect(row).toEqual({ count: when === 'before it arrives' ? 1 : 2 })
    },
  )

  it.each(['before it arrives', 'after it arrived'] as const)(
    '%s, and the database stays away, nobody claims to know; the repeat gets the first answer',
    async (when) => {
      const { core, clock } = scene
      const before = await countOf(fresh.database, 'orders')
      const command = issueCommand(clock.now())
      proxy.cutAt('commit', when)
      proxy.refuseAll(true)
      expect(await heard(core.issue(command))).toBe('outcome_unknown')
      proxy.refuseAll(false)
      const { order } = await core.issue(issueCommand(clock.now(), { externalNo: command.externalNo }))
      expect(order.no === command.no).toBe(when === 'after it arrived')
      expect(await countOf(fresh.database, 'orders')).toBe(before + 1)
    },
  )
})
