import type { Facts } from '../facts.ts'
import type { MissingFact } from './flips.ts'
import { calendarAt, type PeriodKind } from '../../../time/periods.ts'
import type { Rule } from '../deciding/rule.ts'

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
