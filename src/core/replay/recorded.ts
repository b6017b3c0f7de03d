import type { DecisionRow } from '../../db/decisions.ts'
import {
  readDecisionsOf,
  type RecordedOrder,
  type RecordedRedemption,
  type RecordedRefusal,
} from '../../db/recorded.ts'
import { discountOf } from '../../db/redemptions.ts'
import type { Tx } from '../../db/client/client.ts'
import { couponKey } from '../coupon/coupon.ts'
import type { DecisionTrace } from '../command/explanation.ts'
import { timeOfNumber } from '../numbers/numbers.ts'
import type { Card, Facts, Recorded, Subjects } from '../rules/index.ts'
import { pairKey, type Setup } from '../set-up/snapshot.ts'

/** What is kept of a decision beside its row. */
type KeptDecision = Pick<DecisionRow, 'facts' | 'trace'>

/** What is kept of the decisions by which orders and redemptions were accepted, by number. */
export async function readDecisions(tx: Tx, rows: { no: string }[]) {
  const names = rows.map(({ no }) => ({ no, at: timeOfNumber(no)! }))
  return new Map((await readDecisionsOf(tx, names)).map((decision) => [decision.no, decision]))
}

/** An order that was accepted. Where no rule was asked of it no decision was kept, and its own row is the record. */
export function recordedOrder(order: RecordedOrder, decision: KeptDecision | undefined): Recorded {
  const { activityId, templateId, channelId, quantity, decidedAt: at, failedAt, couponFen, voidedAt } = order
  const kept = decision && factsOf(decision)
  const faceValueFen = couponFen ?? kept?.faceValueFen
  const facts = { scene: 'make', activityId, quantity, faceValueFen }
  const supplier = order.supplierId ?? undefined
  const voided = (voidedAt ?? []).map((text) => ({ at: new Date(text), parts: quantity }))
  return {
    at,
    channelId,
    facts,
    subjects: { activity: activityId, template: templateId, channel: channelId, supplier },
    once: onceOfOrder(channelId, order.externalNo),
    askedIds: askedIdsOf(decision),
    outcome: {
      kind: 'accepted',
      valueFen: (faceValueFen ?? 0) * quantity,
      hasFailed: failedAt !== null,
      returns: failedAt === null ? voided : [{ at: failedAt, parts: 1 }],
    },
  }
}

/** A redemption that was accepted. The city of its shop is the one of today, where no decision was kept. */
export function recordedRedemption(
  setup: Setup,
  row: RecordedRedemption,
  decision: KeptDecision | undefined,
): Recorded {
  const { channelId, acceptorId, shopNo, detail, createdAt: at } = row
  const facts: Facts = {
    scene: 'verify',
    activityId: row.activityId,
    card: cardOfKept(detail.card),
    cityId: detail.cityId ?? setup.shops.get(pairKey(acceptorId, shopNo))?.cityId ?? undefined,
    tid: detail.tid,
    faceValueFen: row.couponFen,
    cartAmountFen: row.amountFen ?? undefined,
    goods: detail.goods,
  }
  const hasFailed = row.state === 'failed'
  const returnedAt = hasFailed ? row.settledAt : row.reversedAt
  return {
    at,
    channelId,
    facts: decision === undefined ? facts : factsOf(decision),
    subjects: subjectsOf(setup, row),
    once: onceOfRedemption(row.useTimes, row, acceptorId, row.traceNo),
    askedIds: askedIdsOf(decision),
    outcome: {
      kind: 'accepted',
      valueFen: discountOf(row),
      discountFen: detail.discount?.faceFen,
      hasFailed,
      returns: returnedAt === null ? [] : [{ at: returnedAt, parts: 1 }],
    },
  }
}

/** A refusal. Where the hub's own limits had no room either, the rule alone is not why. */
export function recordedRefusal(setup: Setup, row: RecordedRefusal): Recorded {
  const { channelId, acceptorId, externalNo } = row
  const { rules, limits, coupon } = row.trace as DecisionTrace
  const isRuleAlone = limits.every(({ isMet }) => isMet)
  const once =
    row.verb === 'issue'
      ? onceOfOrder(channelId, externalNo)
      : onceOfRedemption(row.useTimes, coupon, acceptorId, externalNo)
  return {
    at: row.decidedAt,
    channelId: channelId ?? '-',
    facts: factsOf(row),
    subjects: subjectsOf(setup, row),
    once,
    askedIds: askedIdsOf(row),
    outcome: {
      kind: 'refused',
      ruleId: isRuleAlone ? rules.find(({ verdict }) => verdict === 'failed')?.ruleId : undefined,
    },
  }
}

type Parties = Pick<DecisionRow, 'activityId' | 'templateId' | 'channelId' | 'merchantNo' | 'shopNo' | 'acceptorId'>

function subjectsOf(setup: Setup, row: Parties): Subjects {
  return {
    activity: row.activityId ?? undefined,
    template: row.templateId ?? undefined,
    channel: row.channelId ?? undefined,
    merchant: row.merchantNo ?? undefined,
    shop: row.shopNo ?? undefined,
    acceptor: row.acceptorId ?? undefined,
    supplier: setup.templates.get(row.templateId ?? '')?.supplierId ?? undefined,
  }
}

const onceOfOrder = (channelId: string | null, externalNo: string | null): string => `order ${channelId} ${externalNo}`

/** A coupon that is used once can be redeemed under any number; one that is used more often only its number tells apart. */
function onceOfRedemption(
  useTimes: number | null,
  coupon: Parameters<typeof couponKey>[0] | undefined,
  acceptorId: string | null,
  traceNo: string | null,
): string | undefined {
  if (useTimes === 1 && coupon !== undefined) return `coupon ${couponKey(coupon)}`
  return traceNo === null ? undefined : `till ${acceptorId} ${traceNo}`
}

const askedIdsOf = (decision: KeptDecision | undefined): ReadonlySet<string> =>
  new Set(decision === undefined ? [] : (decision.trace as DecisionTrace).rules.map(({ ruleId }) => ruleId))

type KeptCard = { hash: string; masked: string }

function factsOf({ facts }: KeptDecision): Facts {
  const { card, ...rest } = facts as Omit<Facts, 'card'> & { card?: KeptCard }
  return { ...rest, card: cardOfKept(card) }
}

/** A card as it is kept, for rules: its hash, six digits and four. */
const cardOfKept = (kept: KeptCard | undefined): Card | undefined =>
  kept && { ...kept, prefix: kept.masked.slice(0, 6), suffix: kept.masked.slice(-4) }
