import { addToCounters, makeCounters } from '../../db/counters.ts'
import {
  addUsesToCoupons,
  addUsesToRedemptions,
  addUsesToRequests,
  forgetProofDays,
  readCouponsMade,
  readPendingMakes,
  stopBatches,
} from '../../db/count-back.ts'
import type { Use } from '../../db/coupons.ts'
import { readDailyTotals } from '../../db/daily-totals.ts'
import type { Slice } from '../../db/proof/picture.ts'
import { readRedemptionsOfSlice } from '../../db/recorded.ts'
import { findFirstDay } from '../../db/proof/sums.ts'
import type { Tx } from '../../db/client/client.ts'
import { dayOf, startOfDay } from '../../time/shanghai.ts'
import { refuse } from '../command/errors.ts'
import { lanes } from '../numbers/numbers.ts'
import { readDecisions, recordedRedemption } from './recorded.ts'
import {
  needsWholeCard,
  rulesFor,
  usesOfAccepted,
  type Countable,
  type CounterNeed,
  type Rule,
  type Subjects,
} from '../rules/index.ts'
import type { Setup } from '../set-up/snapshot.ts'
import { sumUses } from '../counters/counters.ts'
import { laneGroups, slicesSince } from '../verify/slices.ts'
import { discountOf } from '../../db/redemptions.ts'

/** How many things a limit counted afterwards. */
export type CountedBack = { coupons: number; pendingOrders: number; redemptions: number }

type Counting = { tx: Tx; setup: Setup; rule: Rule; now: Date; needs: Map<string, CounterNeed>; uses: Use[] }

/**
 * Has a limit count what stands of what was accepted from an instant on, as if it had been there: the rows carry what
 * is counted, so that it is given back from there, once. What a row took from the same counter already is not counted
 * again. No batch runs meanwhile. Refuses a limit by more digits of a card than are kept with `bad_request`.
 */
export async function countBack(tx: Tx, setup: Setup, rule: Rule, from: Date, now: Date): Promise<CountedBack> {
  if (needsWholeCard(rule)) {
    const field = 'ruleValue.binPrefixNum'
    refuse('bad_request', `${field}: of cards six digits are kept, so that a longer bin cannot be counted back`, {
      field,
    })
  }
  const counting: Counting = { tx, setup, rule, now, needs: new Map(), uses: [] }
  await stopBatches(tx)
  const counted = rule.scene === 'make' ? await countMade(counting, from) : await countRedeemed(counting, from)
  await makeCounters(tx, [...counting.needs.values()])
  await addToCounters(tx, sumUses(counting.uses))
  await forgetProofDays(tx, dayOf(from))
  return counted
}

async function countMade(counting: Counting, from: Date): Promise<CountedBack> {
  const { tx, setup } = counting
  let coupons = 0
  for await (const { group, slice } of partsSince(counting, from)) {
    const rows = (await readCouponsMade(tx, group, slice)).flatMap((row) =>
      take(counting, row, subjectsOf(setup, row), madeOf(row, 1, row.faceValueFen)),
    )
    await addUsesToCoupons(tx, rows)
    coupons += rows.length
  }
  const pending = (await readPendingMakes(tx, from)).flatMap((row) => {
    const faceValueFen = setup.templates.get(row.templateId)?.faceValueFen ?? 0
    return take(counting, row, subjectsOf(setup, row), madeOf(row, row.quantity, faceValueFen))
  })
  await addUsesToRequests(tx, pending)
  return { coupons, pendingOrders: pending.length, redemptions: 0 }
}

async function countRedeemed(counting: Counting, from: Date): Promise<CountedBack> {
  const { tx, setup } = counting
  let redemptions = 0
  for await (const { group, slice } of partsSince(counting, from)) {
    const standing = (await readRedemptionsOfSlice(tx, group, slice, null)).filter(({ state }) =>
      ['pending', 'succeeded'].includes(state),
    )
    const decisionOf = await readDecisions(tx, standing)
    const rows = standing.flatMap((row) => {
      const { facts, subjects, at } = recordedRedemption(setup, row, decisionOf.get(row.no))
      return take(counting, row, subjects, { at, facts, quantity: 1, amountFen: discountOf(row) })
    })
    await addUsesToRedemptions(tx, rows)
    redemptions += rows.length
  }
  return { coupons: 0, pendingOrders: 0, redemptions }
}

/** All that came since an instant, in parts that memory bears. */
async function* partsSince({ tx, now }: Counting, from: Date): AsyncGenerator<{ group: number[]; slice: Slice }> {
  const firstDay = await findFirstDay(tx, lanes)
  if (firstDay === undefined) return
  // Before the first day there is nothing, however long ago the instant is.
  const since = new Date(Math.max(from.getTime(), startOfDay(firstDay).getTime()))
  for (const slice of slicesSince(since, now)) {
    const totals = await readDailyTotals(tx, slice.day, slice.day)
    const size = totals.reduce((sum, { issued, redeemed }) => sum + issued + redeemed, 0)
    for (const group of laneGroups(size)) yield { group, slice }
  }
}

type Made = { activityId: string; templateId: string; channelId: string; at: Date }

const subjectsOf = (setup: Setup, { activityId, templateId, channelId }: Made): Subjects => ({
  activity: activityId,
  template: templateId,
  channel: channelId,
  supplier: setup.templates.get(templateId)?.supplierId ?? undefined,
})

const madeOf = ({ activityId, at }: Made, quantity: number, faceValueFen: number): Countable => ({
  at,
  facts: { scene: 'make', activityId, quantity, faceValueFen },
  quantity,
  amountFen: faceValueFen * quantity,
})

/** The row with what it takes besides what it took; nothing where there is nothing. */
function take<Row extends { uses: Use[] }>(
  { rule, now, needs, uses }: Counting,
  row: Row,
  subjects: Subjects,
  accepted: Countable,
): Row[] {
  if (rulesFor([rule], accepted.facts.scene, subjects).length === 0) return []
  const taken = new Set(row.uses.map(([key]) => key))
  const added = usesOfAccepted(rule, accepted, now).filter(({ key }) => !taken.has(key))
  for (const { key, endsAt } of added) needs.set(key, { key, endsAt })
  if (added.length === 0) return []
  const fresh = added.map(({ key, amount }): Use => [key, amount])
  uses.push(...fresh)
  return [{ ...row, uses: fresh }]
}
