import type { Command } from 'commander'
import { hashCardNoWith } from '../core/keys/hashes.ts'
import { backtest, type Backtest } from '../core/replay/backtest.ts'
import { periodsCutAt, type Flips, type MissingFact, type Rule } from '../core/rules/index.ts'
import type { CommandContext } from './context.ts'
import { CommandError, exitCodes } from './errors.ts'
import type { Report } from './output.ts'
import { time } from './parse.ts'
import { readRules, readUsed } from './rule-files.ts'
import type { Run } from './run.ts'
import { counted, showTime, showYuan } from './show.ts'

type Options = { since: Date; until?: Date; channel?: string; used?: string }

/** Adds `rule backtest`: what rules would have made of what was recorded. */
export function addBacktest(group: Command, run: Run): void {
  group
    .command('backtest')
    .argument('<file>', 'a JSON file with a rule, or an array of rules, as createRule sends it')
    .description('run rules over what was recorded, and say what would have been otherwise; nothing is counted or kept')
    .requiredOption('--since <time>', 'from then on, Asia/Shanghai', time)
    .option('--until <time>', 'before then (default: now)', time)
    .option('--channel <id>', 'say it of one channel; the traffic of all of them is counted')
    .option('--used <file>', 'a JSON file with what counters have in use at --since: {"counter": 3}')
    .action(run.onHub((context, options: Options, file) => runBacktest(context, file, options)))
}

async function runBacktest(context: CommandContext, file: string, options: Options): Promise<Report> {
  const core = await context.core()
  const { keyring, config, now } = core.hub
  const { since, until = now(), channel: channelId, used: usedFile } = options
  if (since >= until) throw new CommandError('usage', '--since must lie before --until.', exitCodes.usage)
  const rules = readRules(context.resolvePath(file), hashCardNoWith(keyring))
  const used = usedFile === undefined ? undefined : readUsed(context.resolvePath(usedFile))
  const keptSince = new Date(now().getTime() - config.decisionsKeptDays * 86_400_000)
  const bar = context.output.progress(until.getTime() - since.getTime(), 'Deciding anew')
  try {
    const counters = new Map(Object.entries(used ?? {}))
    const { signal } = context
    const found = await backtest(core, { rules, since, until, used: counters, signal, onProgress: bar.add })
    return reportBacktest({ ...found, rules, since, until, channelId, keptSince, isUsedGiven: used !== undefined })
  } finally {
    bar.stop()
  }
}

/** A backtest that is over, and what it was asked for. */
type Backtested = Backtest & {
  rules: Rule[]
  since: Date
  until: Date
  /** The one channel to speak of. */
  channelId: string | undefined
  /** Refusals of before are gone. */
  keptSince: Date
  isUsedGiven: boolean
}

type Row = { channelId: string } & Flips

const head = [
  'channel',
  'asked',
  'unchanged',
  'accepted → refused',
  'yuan',
  'refused → accepted',
  'yuan',
  'other discount',
  'yuan',
  'undecided',
]

/** By channel what would have been otherwise; and what is to be known of the numbers, in sentences. */
function reportBacktest(done: Backtested): Report {
  const { since, until, rules, replaced, isUsedGiven, channelId } = done
  const rows = [...done.channels]
    .map(([id, flips]): Row => ({ channelId: id, ...flips }))
    .filter((row) => (channelId ?? row.channelId) === row.channelId)
    .toSorted((a, b) => (a.channelId < b.channelId ? -1 : 1))
  const cutPeriods = isUsedGiven ? [] : periodsCutAt(rules, since)
  const replaces = replaced.map(({ id, name }) => ({ ruleId: id, name }))
  const value = { since, until, replaces, cutPeriods, refusalsSince: later(done.keptSince, since), channels: rows }
  const lines = ['', ...describeScope(done), ...describeCounters(done, cutPeriods), ...describeGaps(done, rows)]
  return rows.length === 0
    ? { value, lines: lines.slice(1) }
    : { value, table: { head, rows: rows.map(cellsOf) }, lines }
}

const later = (a: Date, b: Date): Date => (a > b ? a : b)

const cellsOf = (row: Row): string[] => [
  row.channelId,
  String(row.asked),
  String(row.unchanged),
  String(row.acceptedToRefused),
  showYuan(row.acceptedToRefusedFen),
  String(row.refusedToAccepted),
  showYuan(row.refusedToAcceptedFen),
  String(row.otherDiscount),
  `${row.otherDiscountFen < 0 ? '-' : ''}${showYuan(Math.abs(row.otherDiscountFen))}`,
  String(row.undecided),
]

function describeScope({ since, until, rules, replaced, channels, channelId }: Backtested): string[] {
  const scope = `from ${showTime(since)} until ${showTime(until)}`
  const inPlace = replaced.map(({ id, name }) => `rule ${id} (${name})`).join(', ')
  const isAsked = channelId === undefined ? channels.size > 0 : channels.has(channelId)
  return [
    isAsked
      ? `What was decided ${scope}, decided anew.`
      : `${rules.length === 1 ? 'The rule' : 'The rules'} would have been asked of nothing ${scope}.`,
    inPlace === ''
      ? 'The hub has no such rule yet: what was refused stays refused.'
      : `Tried in the place of ${inPlace}: what was refused for another reason stays refused.`,
  ]
}

function describeCounters({ isUsedGiven, since }: Backtested, cutPeriods: readonly string[]): string[] {
  if (isUsedGiven) return [`Counters began at ${showTime(since)} with what --used says.`]
  if (cutPeriods.length === 0) return []
  return [
    `Counters began at zero at ${showTime(since)}, in the midst of ${cutPeriods.map(showPeriod).join(', ')}: ` +
      'what had been used in it by then is not counted.',
  ]
}

const showPeriod = (period: string): string => (period === 'total' ? "a limit's whole time" : `a ${period}`)

const missingWords: Record<MissingFact, string> = {
  cardNo: 'of a card number six and four digits are kept, and a rule looks at more',
  faceValue: 'what an order was worth that never had a coupon is not kept',
}

function describeGaps({ keptSince, since }: Backtested, rows: Row[]): string[] {
  const facts = Object.keys(missingWords) as MissingFact[]
  const missing = facts.flatMap((fact) => {
    const times = rows.reduce((sum, row) => sum + (row.missing[fact] ?? 0), 0)
    return times === 0 ? [] : [`${counted(times, 'decision')} undecided: ${missingWords[fact]}.`]
  })
  if (keptSince <= since) return missing
  return [...missing, `Refusals of before ${showTime(keptSince)} are no longer kept (QUANHUB_DECISIONS_KEPT_DAYS).`]
}
