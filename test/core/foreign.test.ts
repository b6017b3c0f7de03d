import { givenUpWords } from '../../src/faces/index.ts'
import { randomUUID } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import { askAgainSeconds } from '../../src/core/settle/settle.ts'
import type { RedeemCommand } from '../../src/core/command/redeem.ts'
import type { Asking } from '../../src/asking/queue.ts'
import type { Database } from '../../src/db/client/client.ts'
import {
  cancelCommand,
  changeSetUp,
  countOf,
  heard,
  openScene,
  operator,
  tally,
  till,
  type Scene,
} from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { createOtherSide, otherDesk, otherWorld, seedRoutes, type OtherSide } from '../support/other-side.ts'
import { redeemCommand } from '../support/world.ts'

const { channelType, ownChannelType } = otherWorld
const newCode = (): string => `F${randomUUID().replaceAll('-', '').slice(0, 15).toUpperCase()}`
const routed = { routing: { channelType, excluded: [] } }
const unrouted = { routing: { excluded: [] } }

type Row = { state: string; isHolding: boolean; attempts: number; lastAnswer: string; dueAt: Date | null }

describeOnEachDatabase('A supplier’s code at a till', (database) => {
  const desks: Asking[] = []
  afterEach(async () => {
    await Promise.all(desks.splice(0).map((desk) => desk.stop()))
  })

  async function open(codePattern: string | null = null): Promise<{ scene: Scene; other: OtherSide; desk: Asking }> {
    const other = createOtherSide()
    const scene = await openScene(database(), { suppliers: new Map([['other', other.supplier]]) })
    await seedRoutes(database(), codePattern)
    return { scene, other, desk: deskOf(scene) }
  }
  const deskOf = ({ core }: Scene): Asking => otherDesk(core)
  const start = (desk: Asking): void => {
    desks.push(desk)
    desk.start()
  }
  const redeem = (scene: Scene, code: string, given: Partial<RedeemCommand> = {}) =>
    scene.core.redeem(redeemCommand(code, scene.clock.now(), { ...routed, ...given }))
  const cancel = (scene: Scene, traceNo: string) => heard(scene.core.reverse(cancelCommand(traceNo, scene.clock.now())))
  const rows = async (db: Database = database()): Promise<Row[]> => [
    ...(await db.sql<
      Row[]
    >`select state, is_holding, attempts, last_answer, due_at from foreign_redemptions order by created_at, no`),
  ]

  it('is used at the supplier, once, and leaves a full record', async () => {
    const { scene, other, desk } = await open()
    start(desk)
    const code = other.give(newCode())
    const { redemption } = await redeem(scene, code, { traceNo: 'T1' })
    expect(redemption).toMatchObject({
      state: 'succeeded',
      traceNo: 'T1',
      faceValueFen: 3_000,
      settleAmountFen: 2_900,
      name: 'Thirty off',
      amountFen: 10_000,
      realAmountFen: 7_000,
    })
    expect(other.asked.map(({ step }) => step)).toEqual(['prepare', 'redeem'])
    const { ask } = other.asked[1]!
    expect(ask).toMatchObject({
      no: redemption.no,
      code,
      thirdShopNo: 'POI-1',
      amountFen: 10_000,
      realAmountFen: 7_000,
    })
    expect(await tally([redeem(scene, code), redeem(scene, code)])).toEqual({ coupon_redeemed: 2 })
    expect(other.asked.length).toBe(2)
    const [kept] = await database().sql`select * from foreign_redemptions`
    expect(JSON.stringify(kept)).not.toContain(code)
    expect(await countOf(database(), 'notifications')).toBe(0)
  })

  it('gives the same answer under the same number, and a conflict where the content is another', async () => {
    const { scene, other, desk } = await open()
    start(desk)
    const code = other.give(newCode())
    const first = await redeem(scene, code, { traceNo: 'T1' })
    const again = await redeem(scene, code, { traceNo: 'T1' })
    expect(again.redemption).toEqual(first.redemption)
    expect(await heard(redeem(scene, other.give(newCode()), { traceNo: 'T1' }))).toBe('request_conflict')
    const { code: own } = await scene.issue()
    expect(await heard(redeem(scene, own, { traceNo: 'T1', ...unrouted }))).toBe('request_conflict')
    expect(await heard(scene.core.redeem(redeemCommand(own, scene.clock.now(), { traceNo: 'T1' })))).toBe(
      'request_conflict',
    )
    expect(await heard(redeem(scene, code, { traceNo: 'T1', isRepeatable: false }))).toBe('coupon_redeemed')
    expect(await scene.redeem(own, { traceNo: 'T2' })).toBe('ok')
    expect(await heard(redeem(scene, other.give(newCode()), { traceNo: 'T2' }))).toBe('request_conflict')
    expect(other.asked.length).toBe(2)
  })

  it('that the supplier refuses is heard in the hub’s words, stays refused under its number, and may come again', async () => {
    const { scene, other, desk } = await open()
    start(desk)
    const code = other.give(newCode())
    other.next('prepare', { refused: '券已冻结', reason: 'coupon_frozen' })
    expect(await heard(redeem(scene, code, { traceNo: 'T1' }))).toBe('coupon_frozen')
    expect(await heard(redeem(scene, code, { traceNo: 'T1' }))).toBe('coupon_frozen')
    other.next('redeem', { refused: '商户未签约' })
    const answer = redeem(scene, code, { traceNo: 'T2' })
    await expect(answer).rejects.toMatchObject({ code: 'supplier_rejected', words: '商户未签约' })
    expect(await rows()).toMatchObject([
      { state: 'failed', isHolding: false },
      { state: 'failed', isHolding: false },
    ])
    expect(other.everUsed(code)).toBe(0)
    expect(await heard(redeem(scene, code))).toBe('ok')
  })

  it.each(['lost', 'silent'] as const)(
    'whose answer is %s stays pending and is asked again, with what it was given, until it is clear',
    async (fate) => {
      const { scene, other, desk } = await open()
      const code = other.give(newCode())
      other.next('prepare', fate)
      other.next('redeem', fate)
      // Nobody listens in this process: the sweep finds it, as that of another process would.
      const waiting = heard(redeem(scene, code, { traceNo: 'T1' }))
      await expect.poll(() => desk.tick()).toBe(1)
      expect(await heard(redeem(scene, code, { traceNo: 'T1' }))).toBe('supplier_unanswered')
      expect(await heard(redeem(scene, code, { traceNo: 'T2' }))).toBe('coupon_busy')
      for (const seconds of askAgainSeconds.slice(0, 2)) {
        expect(await desk.tick()).toBe(0)
        scene.clock.advance(seconds)
        expect(await desk.tick()).toBe(1)
      }
      expect(await waiting).toBe('ok')
      expect(await heard(redeem(scene, code, { traceNo: 'T1' }))).toBe('ok')
      expect([other.usesOf(code), other.everUsed(code)]).toEqual([1, 1])
      expect(new Set(other.asked.map(({ ask: { no, at } }) => `${no} ${at.toISOString()}`)).size).toBe(1)
      expect(await rows()).toMatchObject([{ state: 'succeeded', isHolding: true, dueAt: null }])
    },
  )

  it('waits for an operator after a day, and what comes after all still ends it', async () => {
    const { scene, other, desk } = await open()
    const code = other.give(newCode())
    other.next('redeem', ...askAgainSeconds.map(() => 'silent' as const), 'silent')
    void heard(redeem(scene, code, { traceNo: 'T1' }))
    await expect.poll(() => desk.tick()).toBe(1)
    for (const seconds of askAgainSeconds) {
      scene.clock.advance(seconds)
      expect(await desk.tick()).toBe(1)
    }
    expect(await rows()).toMatchObject([{ state: 'pending', dueAt: null, attempts: askAgainSeconds.length + 1 }])
    scene.clock.advance(24 * 3600)
    expect(await desk.tick()).toBe(0)
    await scene.core.foreign.askAgain(operator, (await latest(database())).no)
    expect(await desk.tick()).toBe(1)
    expect(await rows()).toMatchObject([{ state: 'succeeded' }])
  })

  it('that an operator gives up has failed, and may be used again', async () => {
    const { scene, other, desk } = await open()
    const code = other.give(newCode())
    other.next('redeem', 'silent')
    const waiting = heard(redeem(scene, code, { traceNo: 'T1' }))
    await expect.poll(() => desk.tick()).toBe(1)
    const { no } = await latest(database())
    await scene.core.foreign.giveUp(operator, no, givenUpWords)
    expect(await waiting).toBe('supplier_rejected')
    expect(await heard(scene.core.foreign.giveUp(operator, no, givenUpWords))).toBe('setup_conflict')
    start(desk)
    expect(await heard(redeem(scene, code))).toBe('ok')
    const acts = await database().sql`select act, reason from audit where subject_id = ${no}`
    expect([...acts]).toEqual([{ act: 'supplier.give-up', reason: operator.reason }])
  })

  it('is cancelled at the supplier too, once, and may be used again', async () => {
    const { scene, other, desk } = await open()
    start(desk)
    const code = other.give(newCode())
    await redeem(scene, code, { traceNo: 'T1' })
    expect([await cancel(scene, 'T1'), await cancel(scene, 'T1')]).toEqual(['ok', 'ok'])
    expect(other.usesOf(code)).toBe(0)
    expect(other.asked.map(({ step }) => step)).toEqual(['prepare', 'redeem', 'reverse'])
    expect(await heard(redeem(scene, code, { traceNo: 'T1' }))).toBe('redemption_reversed')
    expect(await heard(redeem(scene, code, { traceNo: 'T2' }))).toBe('ok')
  })

  it('whose cancel is not answered is asked again; meanwhile nobody else may use it', async () => {
    const { scene, other, desk } = await open()
    start(desk)
    const code = other.give(newCode())
    await redeem(scene, code, { traceNo: 'T1' })
    await desk.stop()
    other.next('reverse', 'lost', 'silent')
    const waiting = cancel(scene, 'T1')
    await expect.poll(async () => (await rows())[0]).toMatchObject({ state: 'reversing', attempts: 1 })
    expect(await heard(redeem(scene, code))).toBe('coupon_busy')
    expect(await heard(redeem(scene, code, { traceNo: 'T1' }))).toBe('supplier_unanswered')
    for (const seconds of askAgainSeconds.slice(0, 2)) {
      scene.clock.advance(seconds)
      expect(await deskOf(scene).tick()).toBe(1)
    }
    expect(await waiting).toBe('ok')
    expect(await rows()).toMatchObject([{ state: 'reversed', isHolding: false }])
    expect(other.usesOf(code)).toBe(0)
  })

  it('that the supplier does not take back stays used', async () => {
    const { scene, other, desk } = await open()
    start(desk)
    const code = other.give(newCode())
    await redeem(scene, code, { traceNo: 'T1' })
    other.next('reverse', { refused: '已过撤销时间', reason: 'redemption_not_reversible' })
    expect(await cancel(scene, 'T1')).toBe('redemption_not_reversible')
    expect(await rows()).toMatchObject([{ state: 'succeeded', isHolding: true }])
    expect(await heard(redeem(scene, code))).toBe('coupon_redeemed')
    expect(await cancel(scene, 'T1')).toBe('ok')
  })

  it('may be cancelled until the cut-off by its merchant alone, and by an operator at any time', async () => {
    const { scene, other, desk } = await open()
    start(desk)
    const { redemption } = await redeem(scene, other.give(newCode()), { traceNo: 'T1' })
    await changeSetUp(
      database(),
      `insert into merchants select acceptor_id, 'M2', name, brand, true, created_at from merchants;
       insert into shops select acceptor_id, 'S2', 'M2', name, city_id, true, created_at from shops`,
    )
    const elsewhere = { by: { till: { ...till, merchantNo: 'M2', shopNo: 'S2' } } }
    const command = cancelCommand('T1', scene.clock.now(), elsewhere)
    expect(await heard(scene.core.reverse(command))).toBe('redemption_not_found')
    scene.clock.advance(12 * 3600)
    expect(await cancel(scene, 'T1')).toBe('redemption_not_reversible')
    const byHand = { by: { operator }, scopeHash: undefined, redemptionNo: redemption.no }
    expect(await heard(scene.core.reverse(cancelCommand('', scene.clock.now(), byHand)))).toBe('ok')
    expect(await cancel(scene, 'T1')).toBe('ok')
    const acts = await database().sql`select act from audit where subject_id = ${redemption.no}`
    expect([...acts]).toEqual([{ act: 'redemption.reverse' }])
  })

  it('that is cancelled before it comes is refused', async () => {
    const { scene, other, desk } = await open()
    start(desk)
    const code = other.give(newCode())
    expect(await cancel(scene, 'T1')).toBe('ok')
    expect(await heard(redeem(scene, code, { traceNo: 'T1' }))).toBe('request_cancelled')
    expect(other.asked).toEqual([])
  })

  it('that is cancelled while the supplier is asked whether it may be used, is not used', async () => {
    const { scene, other, desk } = await open()
    start(desk)
    const code = other.give(newCode())
    let cancelled = ''
    other.next('prepare', async () => void (cancelled = await cancel(scene, 'T1')))
    expect(await heard(redeem(scene, code, { traceNo: 'T1' }))).toBe('redemption_reversed')
    await expect.poll(() => cancelled).toBe('ok')
    expect(other.asked.map(({ step }) => step)).toEqual(['prepare'])
    expect(await heard(redeem(scene, code, { traceNo: 'T2' }))).toBe('ok')
  })

  it('that is cancelled while the supplier is asked to use it, is used and taken back', async () => {
    const { scene, other, desk } = await open()
    start(desk)
    const code = other.give(newCode())
    let cancelling: Promise<string> | undefined
    other.next('redeem', async () => {
      cancelling = cancel(scene, 'T1')
      await expect
        .poll(
          async () => (await database().sql`select 1 from foreign_redemptions where cancelled_at is not null`).length,
        )
        .toBe(1)
    })
    expect(await heard(redeem(scene, code, { traceNo: 'T1' }))).toBe('redemption_reversed')
    expect(await cancelling).toBe('ok')
    expect([other.usesOf(code), other.everUsed(code)]).toEqual([0, 1])
  })

  it('may be used as often as the supplier says', async () => {
    const { scene, other, desk } = await open()
    start(desk)
    const code = other.give(newCode(), {}, 2)
    expect(await heard(redeem(scene, code, { traceNo: 'T1' }))).toBe('ok')
    expect(await heard(redeem(scene, code, { traceNo: 'T2' }))).toBe('ok')
    expect(await heard(redeem(scene, code, { traceNo: 'T3' }))).toBe('coupon_redeemed')
    expect(other.usesOf(code)).toBe(2)
    expect(await cancel(scene, 'T1')).toBe('ok')
    expect(other.usesOf(code)).toBe(1)
  })

  it('goes by its channel type or its look, and our own codes come first', async () => {
    const { scene, other, desk } = await open('any 16-32 F')
    start(desk)
    expect(await heard(redeem(scene, other.give(newCode()), unrouted))).toBe('ok')
    expect(await heard(redeem(scene, other.give(`G${newCode()}`), unrouted))).toBe('coupon_not_found')
    await changeSetUp(database(), `update routes set code_pattern = 'digits 16' where channel_type = '${channelType}'`)
    const own = [(await scene.issue()).code, (await scene.issue()).code, (await scene.issue()).code]
    expect(await heard(redeem(scene, own[0]!, unrouted))).toBe('ok')
    expect(await heard(redeem(scene, own[1]!, { routing: { channelType: ownChannelType, excluded: [] } }))).toBe('ok')
    expect(await heard(redeem(scene, own[2]!))).toBe('supplier_not_supported')
    expect(await heard(redeem(scene, own[2]!, { routing: { channelType: '10099', excluded: [] } }))).toBe(
      'supplier_not_supported',
    )
    const unknown = { routing: { channelType: ownChannelType, excluded: [] } }
    expect(await heard(redeem(scene, other.give(newCode()), unknown))).toBe('coupon_not_found')
    expect(other.asked.filter(({ step }) => step === 'redeem').length).toBe(1)
  })

  it('may not go by a route that this payment is excluded from', async () => {
    const { scene, other, desk } = await open()
    start(desk)
    const code = other.give(newCode())
    const excluded = ['10005', ownChannelType]
    expect(await heard(redeem(scene, code, { routing: { channelType: '10005', excluded } }))).toBe('rule_rejected')
    const { code: own } = await scene.issue()
    expect(await heard(redeem(scene, own, { routing: { channelType: ownChannelType, excluded } }))).toBe(
      'rule_rejected',
    )
    expect(await heard(redeem(scene, code, { routing: { channelType, excluded } }))).toBe('ok')
    expect(await heard(redeem(scene, own, { routing: { excluded } }))).toBe('ok')
  })

  it.each([
    ['route', `update routes set is_enabled = false`],
    ['supplier', `update suppliers set is_enabled = false`],
  ])('goes by no %s that is switched off, while questions, cancels and what is pending go on', async (_, statement) => {
    const { scene, other, desk } = await open()
    const code = other.give(newCode())
    other.next('redeem', 'lost')
    const waiting = heard(redeem(scene, code, { traceNo: 'T1' }))
    await expect.poll(() => desk.tick()).toBe(1)
    await changeSetUp(database(), statement)
    expect(await heard(redeem(scene, other.give(newCode())))).toBe('supplier_not_supported')
    scene.clock.advance(2)
    expect(await desk.tick()).toBe(1)
    expect(await waiting).toBe('ok')
    expect(await heard(redeem(scene, code, { traceNo: 'T1' }))).toBe('ok')
    start(desk)
    expect(await cancel(scene, 'T1')).toBe('ok')
    expect(other.usesOf(code)).toBe(0)
  })

  it('that nobody has is counted as a guess', async () => {
    const { scene, other, desk } = await open()
    start(desk)
    const guesses = await tally(Array.from({ length: 20 }, () => redeem(scene, newCode())))
    expect(guesses).toEqual({ coupon_not_found: 20 })
    expect(await heard(redeem(scene, other.give(newCode())))).toBe('too_many_guesses')
    expect(await scene.redeem((await scene.issue()).code)).toBe('too_many_guesses')
  })

  it('is told of before it is used, without a trace, as a redemption would be refused', async () => {
    const { scene, other, desk } = await open()
    const code = other.give(newCode())
    const check = () => {
      const { scopeHash: _, ...command } = redeemCommand(code, scene.clock.now(), routed)
      return scene.core.checkCoupon(command)
    }
    start(desk)
    expect(await check()).toMatchObject({ kind: 'foreign', details: { name: 'Thirty off', usesLeft: 1 } })
    expect(await rows()).toEqual([])
    await redeem(scene, code)
    expect(await heard(check())).toBe('coupon_redeemed')
    other.next('prepare', { refused: '券码不存在', reason: 'coupon_not_found' })
    await expect(scene.core.checkCoupon(redeemCommand(newCode(), scene.clock.now(), routed))).rejects.toMatchObject({
      code: 'coupon_not_found',
    })
  })

  /** What is heard in the end: on a slow machine the supplier’s answer may take longer than a till waits. */
  const inTheEnd = async (ask: () => Promise<string>): Promise<string> => {
    const word = await ask()
    return word === 'supplier_unanswered' ? inTheEnd(ask) : word
  }

  it('is used once by two tills in two processes, whatever the one and the other hear', async () => {
    const { scene, other, desk } = await open()
    const second = await openScene(database(), { clock: scene.clock, suppliers: scene.hub.suppliers })
    start(desk)
    start(deskOf(second))
    const codes = Array.from({ length: 20 }, () => other.give(newCode()))
    const answers = codes.map(async (code) => {
      const tills = [scene, second].map((one, i) =>
        inTheEnd(() => heard(redeem(one, code, { traceNo: `${i} ${code}` }))),
      )
      return (await Promise.all(tills)).toSorted().join()
    })
    for (const words of await Promise.all(answers)) {
      expect(words).toBeOneOf(['coupon_busy,ok', 'coupon_redeemed,ok'])
    }
    expect(codes.map((code) => other.everUsed(code))).toEqual(codes.map(() => 1))
    expect((await rows()).map(({ state }) => state)).toEqual(codes.map(() => 'succeeded'))
  })

  it('has one number in two processes, and one answer', async () => {
    const { scene, other, desk } = await open()
    const second = await openScene(database(), { clock: scene.clock, suppliers: scene.hub.suppliers })
    start(desk)
    start(deskOf(second))
    const asks = Array.from({ length: 10 }, (_, i) => ({ code: other.give(newCode()), traceNo: `SAME${i}` }))
    const both = asks.map(async ({ code, traceNo }) => {
      const ask = (one: Scene) => inTheEnd(() => heard(redeem(one, code, { traceNo })))
      expect(await Promise.all([ask(scene), ask(second)])).toEqual(['ok', 'ok'])
      const [one, two] = await Promise.all([scene, second].map((hub) => redeem(hub, code, { traceNo })))
      expect(one!.redemption.no).toBe(two!.redemption.no)
      return other.everUsed(code)
    })
    expect(await Promise.all(both)).toEqual(asks.map(() => 1))
  })

  it('that one process redeems and the other cancels is not used in the end, and both say the same', async () => {
    const { scene, other, desk } = await open()
    const second = await openScene(database(), { clock: scene.clock, suppliers: scene.hub.suppliers })
    start(desk)
    start(deskOf(second))
    const asks = Array.from({ length: 20 }, (_, i) => ({ code: other.give(newCode()), traceNo: `CANCEL${i}` }))
    const pairs = asks.map(async ({ code, traceNo }) => {
      const redeeming = heard(redeem(scene, code, { traceNo }))
      expect(await inTheEnd(() => cancel(second, traceNo))).toBe('ok')
      await redeeming
      expect(await heard(redeem(scene, code, { traceNo }))).toBeOneOf(['request_cancelled', 'redemption_reversed'])
      return other.usesOf(code)
    })
    expect(await Promise.all(pairs)).toEqual(asks.map(() => 0))
  })

  it('is used exactly once, and never said to have failed, where a hub dies between asking and writing, 50 times', async () => {
    const { scene, other } = await open()
    const codes = Array.from({ length: 50 }, () => other.give(newCode()))
    for (const [i, code] of codes.entries()) {
      // A hub that dies behind its supplier's answer: what it would have written down never comes.
      const dying = await openScene(database(), { clock: scene.clock, suppliers: scene.hub.suppliers })
      const died = new Promise<void>((resolve) => {
        const step = i % 2 === 0 ? 'redeem' : 'prepare'
        const { settle } = dying.core.foreign
        dying.core.foreign.settle = (command) => {
          if (command.said.step !== step) return settle(command)
          resolve()
          return Promise.reject(new Error('the hub is dead'))
        }
      })
      const dyingDesk = deskOf(dying)
      dyingDesk.start()
      void redeem(dying, code, { traceNo: `DEAD${i}` }).catch(() => undefined)
      await died
      await dyingDesk.stop()
      expect(await heard(redeem(scene, code, { traceNo: `OTHER${i}` }))).toBe('coupon_busy')
    }
    scene.clock.advance(91)
    const desk = deskOf(scene)
    while ((await desk.tick()) > 0);
    const words = codes.map((code, i) => heard(redeem(scene, code, { traceNo: `DEAD${i}` })))
    expect(new Set(await Promise.all(words))).toEqual(new Set(['ok']))
    expect(codes.map((code) => other.everUsed(code))).toEqual(codes.map(() => 1))
  })
})

const latest = async ({ sql }: Database): Promise<{ no: string }> => {
  const [row] = await sql<{ no: string }[]>`select no from foreign_redemptions order by created_at desc limit 1`
  return row!
}
