import { expect, it } from 'vitest'
import type { CouponAct } from '../../src/core/coupon/coupon.ts'
import { cancelCommand, changeCommand, changeSetUp, countOf, heard, openScene, type Scene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { issueCommand, redeemCommand, world } from '../support/world.ts'
import type { IssuedCoupon } from '../../src/core/issue/issue.ts'

type Start =
  'issued' | 'frozen' | 'inactive' | 'redeeming' | 'redeemed' | 'voided' | 'ended' | 'ended frozen' | 'expired'
type Heard = Record<CouponAct | 'redeem', string>

const ended = {
  void: 'coupon_expired',
  freeze: 'coupon_expired',
  unfreeze: 'coupon_expired',
  activate: 'coupon_expired',
  redeem: 'coupon_expired',
}
const closed = (code: string): Heard => ({
  void: code,
  freeze: code,
  unfreeze: code,
  activate: code,
  delay: code,
  expire: 'ok',
  redeem: code,
})

/** What each act hears in each state, and the state afterwards where that is another one. */
const table: Record<Start, Heard> = {
  issued: {
    void: 'ok → voided',
    freeze: 'ok → frozen',
    unfreeze: 'ok',
    activate: 'ok',
    delay: 'ok',
    expire: 'ok',
    redeem: 'ok → redeemed',
  },
  frozen: {
    void: 'ok → voided',
    freeze: 'ok',
    unfreeze: 'ok → issued',
    activate: 'coupon_state_conflict',
    delay: 'ok',
    expire: 'ok',
    redeem: 'coupon_frozen',
  },
  inactive: {
    void: 'ok → voided',
    freeze: 'coupon_state_conflict',
    unfreeze: 'coupon_state_conflict',
    activate: 'ok → issued',
    delay: 'ok',
    expire: 'ok',
    redeem: 'coupon_inactive',
  },
  redeeming: closed('coupon_busy'),
  redeemed: closed('coupon_redeemed'),
  voided: { ...closed('coupon_voided'), void: 'ok' },
  // Past its end, whether or not the sweep has been there.
  ended: { ...ended, delay: 'ok', expire: 'ok → expired' },
  'ended frozen': { ...ended, delay: 'ok → issued', expire: 'ok → expired' },
  expired: { ...ended, delay: 'ok → issued', expire: 'ok' },
}

async function bring(scene: Scene, start: Start, { code, coupon }: IssuedCoupon): Promise<void> {
  if (start === 'redeemed') await scene.redeem(code)
  if (start === 'voided') await scene.change('void', coupon)
  if (start === 'frozen' || start === 'ended frozen') await scene.change('freeze', coupon)
  // States that orders and suppliers lead to.
  if (start === 'inactive' || start === 'redeeming')
    await scene.hub.database.sql`update coupons set state = ${start} where serial = ${coupon.serial}`
}

const acts = ['void', 'freeze', 'unfreeze', 'activate', 'delay', 'expire', 'redeem'] as const

async function play(scene: Scene, act: (typeof acts)[number], { code, coupon }: IssuedCoupon): Promise<string> {
  const before = await scene.stateOf(coupon)
  const until = new Date(coupon.validUntil.getTime() + 3_600_000)
  const word = act === 'redeem' ? await scene.redeem(code) : await scene.change(act, coupon, until)
  const after = await scene.stateOf(coupon)
  return after === before ? word : `${word} → ${after}`
}

describeOnEachDatabase('A coupon', (database) => {
  it.each(Object.keys(table) as Start[])('that is %s: what each act hears, and makes of it', async (start) => {
    const scene = await openScene(database())
    const { core, clock } = scene
    const { coupons } = await core.issue(issueCommand(clock.now(), { quantity: acts.length }))
    for (const issued of coupons) await bring(scene, start, issued)
    if (table[start].void === 'coupon_expired') clock.set(coupons[0]!.coupon.validUntil.toISOString())
    if (start === 'expired') await Promise.all(coupons.map(({ coupon }) => scene.change('expire', coupon)))
    const words = await Promise.all(acts.map((act, i) => play(scene, act, coupons[i]!)))
    expect(Object.fromEntries(acts.map((act, i) => [act, words[i]]))).toEqual(table[start])
    // Time that is given to a coupon past its end can be used.
    if (table[start].void === 'coupon_expired')
      expect(await scene.redeem(coupons[acts.indexOf('delay')]!.code)).toBe('ok')
  })

  it('that was delayed to an end that is no end is refused', async () => {
    const { issue, change, clock } = await openScene(database())
    const { coupon } = await issue()
    expect(await change('delay', coupon, clock.now())).toBe('bad_request')
    expect(await change('delay', coupon)).toBe('bad_request')
    await change('void', coupon)
    expect(await change('delay', coupon, clock.now())).toBe('bad_request')
    expect(await change('freeze', { ...coupon, serial: coupon.serial + 256 })).toBe('coupon_not_found')
  })

  it('shows each caller of a batch what its own act made of it', async () => {
    const { core, issue, clock } = await openScene(database())
    const { coupon } = await issue()
    const acts = ['freeze', 'unfreeze', 'freeze', 'void', 'void'] as const
    const answers = await Promise.all(acts.map((act) => core.changeCoupon(changeCommand(act, coupon, clock.now()))))
    expect(answers.map(({ coupon: { state }, isChanged }) => `${state} ${isChanged}`)).toEqual([
      'frozen true',
      'issued true',
      'frozen true',
      'voided true',
      'voided false',
    ])
  })

  it('that may be used n times is used n times, also within one batch', async () => {
    const { core, clock, issue, stateOf } = await openScene(database())
    await changeSetUp(database(), 'update templates set use_times = 3')
    expect(await heard(core.issue(issueCommand(clock.now())))).toBe('template_unsuitable')
    const { code, coupon } = await issue({ useTimesMax: 3 })
    const words = await Promise.all(
      Array.from({ length: 5 }, () => heard(core.redeem(redeemCommand(code, clock.now())))),
    )
    expect(words.toSorted()).toEqual(['coupon_redeemed', 'coupon_redeemed', 'ok', 'ok', 'ok'])
    expect([await stateOf(coupon), await countOf(database(), 'redemptions')]).toEqual(['redeemed', 3])
  })

  it('is valid for a time that runs from its issue, its last instant excluded', async () => {
    const { issue, redeem, clock } = await openScene(database())
    const [one, other] = [
      await issue({ templateId: world.templates.short }),
      await issue({ templateId: world.templates.short }),
    ]
    expect(one.coupon.validUntil.getTime() - clock.now().getTime()).toBe(20_000)
    clock.advance(19.999)
    expect(await redeem(one.code)).toBe('ok')
    clock.advance(0.001)
    expect(await redeem(other.code)).toBe('coupon_expired')
  })

  it('is valid within the window of its template, its first instant included', async () => {
    const { core, issue, redeem, clock } = await openScene(database())
    await changeSetUp(
      database(),
      `update templates set valid_for_seconds = null, valid_from = '2026-12-01T00:00:00+08:00',
         valid_until = '2026-12-02T00:00:00+08:00'`,
    )
    const [one, other] = [await issue(), await issue()]
    clock.set('2026-11-30T23:59:59.999+08:00')
    expect(await redeem(one.code)).toBe('coupon_not_yet_valid')
    clock.advance(0.001)
    expect(await redeem(one.code)).toBe('ok')
    clock.set('2026-12-02T00:00:00+08:00')
    expect(await redeem(other.code)).toBe('coupon_expired')
    expect(await heard(core.issue(issueCommand(clock.now())))).toBe('template_disabled')
  })

  it('that was reversed after its end is expired', async () => {
    const { core, issue, redeem, clock } = await openScene(database())
    const { code } = await issue({ templateId: world.templates.short })
    expect(await redeem(code, { traceNo: 'W1' })).toBe('ok')
    clock.advance(60)
    expect(await heard(core.reverse(cancelCommand('W1', clock.now())))).toBe('ok')
    expect(await redeem(code)).toBe('coupon_expired')
  })
})

const here = world.shoubei.instNo
const places = [
  [{ kind: 'nowhere' }, false],
  [{ kind: 'everywhere' }, true],
  [{ kind: 'acceptors', acceptors: ['other', here] }, true],
  [{ kind: 'acceptors', acceptors: ['other'] }, false],
  [{ kind: 'brand', brand: 'Sunny' }, true],
  [{ kind: 'brand', brand: 'Rainy' }, false],
  [{ kind: 'merchants', acceptor: here, merchants: [world.merchantNo] }, true],
  [{ kind: 'merchants', acceptor: here, merchants: ['M002'] }, false],
  [{ kind: 'merchants', acceptor: 'other', merchants: [world.merchantNo] }, false],
  [{ kind: 'shops', acceptor: here, shops: [world.shopNo] }, true],
  [{ kind: 'shops', acceptor: here, shops: ['S002'] }, false],
  [{ kind: 'shops', acceptor: 'other', shops: [world.shopNo] }, false],
] as const

describeOnEachDatabase('A coupon of a template', (database) => {
  it.each(places)('that is redeemed at %j is taken here: %s', async (place, isTaken) => {
    const { issue, redeem } = await openScene(database())
    await changeSetUp(
      database(),
      `update merchants set brand = 'Sunny'; update templates set redeemable_at = '${JSON.stringify(place)}'`,
    )
    const { code } = await issue()
    expect(await redeem(code)).toBe(isTaken ? 'ok' : 'coupon_not_redeemable_here')
  })

  it('that needs an order of some size is taken from that amount on, and never where the till says none', async () => {
    const { issue, redeem } = await openScene(database())
    await changeSetUp(database(), 'update templates set min_order_fen = 5000, merchant_benefit_fen = 1000')
    const { code } = await issue()
    const pay = (amountFen: number | undefined) => redeem(code, { amountFen, realAmountFen: undefined })
    expect(await pay(4_999)).toBe('order_amount_too_small')
    expect(await pay(undefined)).toBe('order_amount_too_small')
    expect(await pay(5_000)).toBe('ok')
    const [row] = await database().sql`select face_value_fen, settle_amount_fen, amount_fen from redemptions`
    expect(row).toEqual({ faceValueFen: 3_000, settleAmountFen: 2_000, amountFen: 5_000 })
  })
})
