import { calendarAt, type PeriodKind } from '../../../time/periods.ts'
import type { Rule } from '../deciding/rule.ts'
import type { Facts } from '../facts.ts'

/** What rules would have made of the decisions of one channel. Each of `asked` is counted in one of the others. Money in fen. */
export type Flips = {
  /** How many decisions the rules that were tried would have been asked of. */
  asked: number
  unchanged: number
  acceptedToRefused: number
  acceptedToRefusedFen: number
  refusedToAccepted: number
  refusedToAcceptedFen: number
  /** Accepted both times, but worth something else: how many, and by how much in all. */
  otherDiscount: number
  otherDiscountFen: number
  /** What was kept does not say what a rule has to know; and how often which fact was missing. */
  undecided: number
  missing: Partial<Record<MissingFact, number>>
}

export type MissingFact = 'cardNo' | 'faceValue'

const noFlips = (): Flips => ({
  asked: 0,
  unchanged: 0,
  acceptedToRefused: 0,
  acceptedToRefusedFen: 0,
  refusedToAccepted: 0,
  refusedToAcceptedFen: 0,
  otherDiscount: 0,
  otherDiscountFen: 0,
  undecided: 0,
  missing: {},
})

/** How one decision came out: `fen` is what it is worth, or by how much more or less. */
export type Found =
  | { kind: 'acceptedToRefused' | 'refusedToAccepted' | 'otherDiscount'; fen: number }
  | { kind: 'unchanged' }
  | { kind: 'undecided'; fact: MissingFact }

export const unchanged: Found = { kind: 'unchanged' }

export function countFound(channels: Map<string, Flips>, channelId: string, found: Found): void {
  const flips = channels.get(channelId) ?? noFlips()
  channels.set(channelId, flips)
  flips.asked += 1
  flips[found.kind] += 1
  if (found.kind === 'undecided') flips.missing[found.fact] = (flips.missing[found.fact] ?? 0) + 1
  else if (found.kind !== 'unchanged') flips[`${found.kind}Fen`] += found.fen
}

const keptPrefix = 6

/** Whether a rule looks at more of a card than is kept: six and four digits. */
export const needsWholeCard = ({ body }: Rule): boolean =>
  body.kind === 'limit' && body.subject.fact === 'cardNo' && body.ends.prefix > keptPrefix

/** What a rule has to know of something that was recorded, and what was not kept; undefined where it can be decided. */
export function missingFact(rule: Rule, { card, faceValueFen }: Facts): MissingFact | undefined {
  const { body, scene } = rule
  if (body.kind !== 'limit') return undefined
  if (card !== undefined && needsWholeCard(rule)) return 'cardNo'
  return body.way === 'A' && scene === 'make' && faceValueFen === undefined ? 'faceValue' : undefined
}

/** The periods of the rules' limits that had begun before `since`: what was used in them until then is not known. */
export function periodsCutAt(rules: Rule[], since: Date): PeriodKind[] {
  const at = since.getTime()
  const calendar = calendarAt(at)
  const cut = new Set<PeriodKind>()
  for (const { body, startsAt, endsAt } of rules) {
    if (body.kind !== 'limit' || endsAt <= at) continue
    for (const item of [...body.items.values(), body.others].flat()) {
      if (item.endsAt <= at) continue
      for (const { period } of item.maxima) {
        const isOwn = period !== 'total' && !body.isRetained
        const beganAt = Math.max(startsAt, item.startsAt, isOwn ? calendar[period].startsAt : 0)
        if (beganAt < at) cut.add(period)
      }
    }
  }
  return [...cut]
}
