import {
  readOrdersOfSlice,
  readRedemptionsOfSlice,
  readRefusalsOfSlice,
  type RecordedRedemption,
} from '../db/recorded.ts'
import type { DecisionRow } from '../db/decisions.ts'
import type { OrderRow } from '../db/orders.ts'
import { inPicture } from '../db/proof-picture.ts'
import type { Core } from './core.ts'
import { lanes } from './lanes.ts'
import {
  orderRules,
  replayDecision,
  type Card,
  type Facts,
  type Flips,
  type Recorded,
  type Rule,
} from './rules/index.ts'
import { pairKey, type Setup } from './set-up/snapshot.ts'
import { slicesBetween } from './verify/slices.ts'

export type BacktestOptions = {
  rules: Rule[]
  since: Date
  until: Date
  channelId?: string | undefined
  /** What counters have in use at `since`; empty where absent. */
  used?: ReadonlyMap<string, number>
  signal: AbortSignal
  /** Hears of each stretch that was decided anew. */
  onProgress: (done: number, total: number) => void
}

const stretchMilliseconds = 10 * 60_000

/**
 * Runs rules over what was recorded, in the order of time, and says by channel what would have been otherwise. Reads
 * stretch by stretch, so that neither a transaction nor the memory grows with the time; nothing is counted or kept.
 */
export async function backtest(core: Core, options: BacktestOptions): Promise<Map<string, Flips>> {
  const { since, until, signal, channelId } = options
  const rules = orderRules(options.rules)
  const setup = await core.setup.refresh()
  const counters = new Map(options.used)
  const flips = new Map<string, Flips>()
  await core.refusals.flush()
  const total = Math.ceil((until.getTime() - since.getTime()) / stretchMilliseconds)
  for (let i = 0; i < total; i++) {
    signal.throwIfAborted()
    const from = new Date(since.getTime() + i * stretchMilliseconds)
    const end = new Date(Math.min(from.getTime() + stretchMilliseconds, until.getTime()))
    for (const recorded of await readStretch(core, setup, from, end)) {
      if ((channelId ?? recorded.channelId) === recorded.channelId) replayDecision(rules, recorded, counters, flips)
    }
    options.onProgress(i + 1, total)
  }
  return flips
}

async function readStretch({ hub }: Core, setup: Setup, from: Date, until: Date): Promise<Recorded[]> {
  const recorded: Recorded[] = []
  // A stretch over midnight is read in two parts.
  for (const slice of slicesBetween(from, until)) {
    const [orders, redemptions, refusals] = await inPicture(hub.database, (tx) =>
      Promise.all([
        readOrdersOfSlice(tx, lanes, slice),
        readRedemptionsOfSlice(tx, lanes, slice),
        readRefusalsOfSlice(tx, slice),
      ]),
    )
    recorded.push(
      ...orders.map((order) => recordedOrder(setup, order)),
      ...redemptions.map((row) => recordedRedemption(setup, row)),
      ...refusals.map((row) => recordedRefusal(setup, row)),
    )
  }
  return recorded.toSorted((a, b) => a.at.getTime() - b.at.getTime())
}

function recordedOrder(setup: Setup, order: OrderRow): Recorded {
  const { activityId, templateId, channelId, quantity, supplierId, createdAt: at } = order
  const faceValueFen = setup.templates.get(templateId)?.faceValueFen ?? 0
  const facts = { scene: 'make', activityId, quantity, faceValueFen }
  const subjects = { activity: activityId, template: templateId, channel: channelId, supplier: supplierId ?? undefined }
  return { at, channelId, facts, subjects, accepted: { valueFen: faceValueFen * quantity } }
}

function recordedRedemption(setup: Setup, row: RecordedRedemption): Recorded {
  const { activityId, templateId, channelId, acceptorId, merchantNo, shopNo, detail, createdAt: at } = row
  const facts: Facts = {
    scene: 'verify',
    activityId,
    card: cardOfKept(detail.card),
    cityId: detail.cityId ?? setup.shops.get(pairKey(acceptorId, shopNo))?.cityId ?? undefined,
    tid: detail.tid,
    faceValueFen: row.couponFen,
    cartAmountFen: row.amountFen ?? undefined,
    goods: detail.goods,
  }
  const subjects = {
    activity: activityId,
    template: templateId,
    channel: channelId,
    merchant: merchantNo,
    shop: shopNo,
    acceptor: acceptorId,
    supplier: setup.templates.get(templateId)?.supplierId ?? undefined,
  }
  return { at, channelId, facts, subjects, accepted: { valueFen: row.faceValueFen } }
}

// A till does not say whose coupon it was: such refusals stand under a channel of their own.
function recordedRefusal(setup: Setup, row: DecisionRow): Recorded {
  const { card, ...facts } = row.facts as Omit<Facts, 'card'> & { card?: KeptCard }
  const { activityId, templateId, channelId, merchantNo, shopNo, acceptorId } = row
  const subjects = {
    activity: activityId ?? undefined,
    template: templateId ?? undefined,
    channel: channelId ?? undefined,
    merchant: merchantNo ?? undefined,
    shop: shopNo ?? undefined,
    acceptor: acceptorId ?? undefined,
    supplier: setup.templates.get(templateId ?? '')?.supplierId ?? undefined,
  }
  return { at: row.at, channelId: channelId ?? '-', facts: { ...facts, card: cardOfKept(card) }, subjects }
}

type KeptCard = { hash: string; masked: string }

/** A card as it is kept, for rules: its hash, six digits and four. */
const cardOfKept = (kept: KeptCard | undefined): Card | undefined =>
  kept && { ...kept, prefix: kept.masked.slice(0, 6), suffix: kept.masked.slice(-4) }
