import {
  shareByLine,
  type Discount,
  type Facts,
  type Rule,
  type RulesVerdict,
  type TraceEntry,
} from '../core/rules/index.ts'
import type { Report } from './output.ts'
import { counted, showFields, showTime, showYuan } from './show.ts'

/** A decision that was tried: `rules` are all of the file, in its order, whether they were asked or not. */
type Tried = { rules: Rule[]; facts: Facts; used: Record<string, number>; at: Date; decided: RulesVerdict }

/** The decision for programs, with its trace, and for people: rule by rule, then what comes of it. */
export function reportDecision(tried: Tried): Report {
  const { rules, at, decided } = tried
  const notAsked = rules.filter(({ id }) => !decided.trace.some(({ ruleId }) => ruleId === id))
  return {
    value: valueOf(tried),
    lines: [
      ...decided.trace.flatMap(describeEntry),
      ...notAsked.map((rule) => describeNotAsked(rule, tried.facts)),
      ...(notAsked.length > 0 ? [''] : []),
      `Decided for ${showTime(at)}, nothing was counted.`,
      ...describeVerdict(tried),
    ],
  }
}

/** What one rule said, for people. */
export function describeEntry(entry: TraceEntry): string[] {
  // A limit of amounts says so in the names of its counters.
  const isAmount = entry.counters.some(({ key }) => key.split(':')[2] === 'A')
  const show = (value: number): string => (isAmount ? `${showYuan(value)} yuan` : String(value))
  const input = Object.entries(entry.input).filter(([, value]) => value !== null)
  const fields = showFields({
    verdict: verdictWords[entry.verdict],
    input: input.length === 0 ? undefined : input.map(([name, value]) => `${name} ${value}`).join(', '),
    'time zone': entry.timeZone,
    reason: entry.reason ?? undefined,
    'would pass': entry.passesAt === null ? undefined : showTime(new Date(entry.passesAt)),
    discount: entry.discount === null ? undefined : `${showYuan(entry.discount.faceFen)} yuan`,
  })
  const counters = entry.counters.map(
    ({ key, period, before, after, max }) =>
      `counter of the ${period}: ${show(before)} → ${show(after)}, at most ${show(max)} (${key})`,
  )
  return [
    `Rule ${entry.ruleId}, ${entry.ruleName} (${entry.type})`,
    ...[...fields, ...counters].map((line) => `  ${line}`),
    '',
  ]
}

const verdictWords: Record<TraceEntry['verdict'], string> = {
  passed: 'passed',
  failed: 'failed',
  continued: 'failed, noted and passed over (isContinue Y)',
  not_in_force: 'not in force at this time, or switched off',
}

const describeNotAsked = ({ id, name, scene }: Rule, facts: Facts): string =>
  `Rule ${id}, ${name}: not asked (${scene === facts.scene ? 'a rule before it rejects' : `it is for the scene ${scene}`})`

function describeVerdict({ facts, decided }: Tried): string[] {
  if (decided.verdict === 'rejected') {
    const { rule, code, message, passesAt } = decided
    const when = passesAt === null ? 'When it would pass cannot be said.' : `It would pass at ${showTime(passesAt)}.`
    return [`REJECTED by rule ${rule.id} (${code}): ${message}`, when]
  }
  const { discount } = decided
  if (discount === null) return ['PASSED. No rule gives a discount: the face value of the coupon counts.']
  return [
    `PASSED with a discount of ${showYuan(discount.faceFen)} yuan, of which merchants bear ${showYuan(discount.merchantFen)}.`,
    `The till books ${showYuan(discount.netFen)} yuan, and ${showYuan(discount.reduceFen)} count against its price.`,
    ...discount.rules.flatMap((one) => sharesOf(facts, one).map((share) => describeShare(facts, one, share))),
  ]
}

type Share = ReturnType<typeof shareByLine>[number]

const sharesOf = ({ goods = [] }: Facts, discount: Discount): Share[] =>
  shareByLine({ goods, hasGoods: goods.length > 0 }, discount).toSorted((a, b) => a.line - b.line)

function describeShare({ goods }: Facts, { ruleId }: Discount, { line, qty, discountFen }: Share): string {
  const { sku, type, spec } = goods?.[line] ?? {}
  const name = sku ?? type ?? spec
  const words = `  line ${line + 1}${name === undefined ? '' : ` (${name})`}`
  return `${words}: ${showYuan(discountFen)} yuan on ${counted(qty, 'piece')}, by rule ${ruleId}`
}

function valueOf({ facts, used, at, decided }: Tried): Record<string, unknown> {
  const { verdict, trace } = decided
  if (decided.verdict === 'rejected') {
    const { rule, code, message, reason, passesAt } = decided
    return { verdict, at, ruleId: rule.id, code, message, reason, passesAt, used, trace }
  }
  const after = { ...used }
  for (const [key, amount] of decided.uses) after[key] = (after[key] ?? 0) + amount
  return { verdict, at, discount: discountValue(facts, decided.discount), used: after, trace }
}

function discountValue(facts: Facts, discount: Extract<RulesVerdict, { verdict: 'passed' }>['discount']): unknown {
  if (discount === null) return null
  const { rules, ...amounts } = discount
  const shares = rules.flatMap((one) => sharesOf(facts, one).map((share) => ({ ruleId: one.ruleId, ...share })))
  return { ...amounts, shares }
}
