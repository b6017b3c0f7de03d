import type { Command } from 'commander'
import { explain, type Explained } from '../core/replay/explain.ts'
import type { LimitStep } from '../core/command/explanation.ts'
import type { TraceEntry } from '../core/rules/index.ts'
import type { Use } from '../db/coupons.ts'
import type { DecisionRow } from '../db/decisions.ts'
import type { CommandContext } from './context.ts'
import type { Report } from './output.ts'
import { describeEntry } from './rule-report.ts'
import type { Run } from './run.ts'
import { showFields, showTime, showYuan } from './show.ts'

export function registerExplain(program: Command, run: Run): void {
  program
    .command('explain <no>')
    .description('say why an order, a redemption or a refusal was decided as it was, by its number')
    .action(run.onHub((context, _: unknown, no) => explainOne(context, no)))
}

async function explainOne(context: CommandContext, no: string): Promise<Report> {
  const explained = await explain(await context.core(), no)
  return { value: valueOf(explained), lines: linesOf(explained) }
}

function valueOf(explained: Explained): unknown {
  if (explained.kind === 'decision') return { kind: 'decision', ...explained.decision }
  const { no, createdAt, state } = explained.kind === 'order' ? explained.order : explained.redemption
  return { kind: explained.kind, no, at: createdAt, state, isAccepted: true, uses: explained.uses }
}

function linesOf(explained: Explained): string[] {
  if (explained.kind === 'decision') return describeDecision(explained.decision)
  const { no, createdAt, state } = explained.kind === 'order' ? explained.order : explained.redemption
  return [
    `${explained.kind === 'order' ? 'Order' : 'Redemption'} ${no} was accepted at ${showTime(createdAt)}; its state is ${state} now.`,
    'No rule was asked.',
    ...describeUses(explained.uses),
  ]
}

const describeUses = (uses: readonly Use[]): string[] =>
  uses.length === 0 ? ['It took from no counter.'] : uses.map(([key, amount]) => `It took ${amount} from ${key}.`)

type Trace = { rules: TraceEntry[]; limits: LimitStep[] }

function describeDecision(decision: DecisionRow): string[] {
  const { rules, limits } = decision.trace as Trace
  return [
    ...showFields(subjectOf(decision)),
    '',
    ...rules.flatMap(describeEntry),
    ...limits.flatMap(describeLimit),
    ...(rules.length + limits.length === 0 ? ['No rule and no limit was asked: it was decided before.', ''] : []),
    verdictOf(decision),
  ]
}

const whats = { issue: 'an order', redeem: 'a redemption' } as const

function subjectOf(decision: DecisionRow): Record<string, string | undefined> {
  const { acceptorId, merchantNo, shopNo } = decision
  return {
    'asked for': whats[decision.verb],
    at: showTime(decision.at),
    by: `${decision.face} ${decision.appId}`,
    channel: decision.channelId ?? undefined,
    number: decision.externalNo ?? undefined,
    activity: decision.activityId ?? undefined,
    template: decision.templateId ?? undefined,
    shop: acceptorId === null ? undefined : `${acceptorId} ${merchantNo} ${shopNo}`,
    amount: decision.amountFen === null ? undefined : `${showYuan(decision.amountFen)} yuan`,
  }
}

function describeLimit({ key, what, before, amount, max, isMet, passesAt }: LimitStep): string[] {
  const fields = showFields({
    verdict: isMet ? 'passed' : 'full',
    counter: `${before} → ${isMet ? before + amount : before}, at most ${max ?? 'any number'} (${key})`,
    'would pass': passesAt === null ? undefined : showTime(new Date(passesAt)),
  })
  return [`Limit ${what}`, ...fields.map((line) => `  ${line}`), '']
}

const verdictOf = ({ isAccepted, code, message }: DecisionRow): string =>
  isAccepted ? 'ACCEPTED.' : `REFUSED (${code}): ${message}`
