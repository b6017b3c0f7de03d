import type { Command } from 'commander'
import { backtest } from '../core/backtest.ts'
import { hashCardNoWith } from '../core/cards.ts'
import type { Flips } from '../core/rules/index.ts'
import type { CommandContext } from './context.ts'
import { CommandError, exitCodes } from './exit-codes.ts'
import type { Report } from './output.ts'
import { time } from './parse.ts'
import { readRules, readUsed } from './rule-files.ts'
import type { Run } from './run.ts'
import { showTime, showYuan } from './show.ts'

type Options = { since: Date; until?: Date; channel?: string; used?: string }

/** Adds `rule backtest`: what rules would have made of what was recorded. */
export function addBacktest(group: Command, run: Run): void {
  group
    .command('backtest')
    .argument('<file>', 'a JSON file with a rule, or an array of rules, as createRule sends it')
    .description('run rules over what was recorded, and say what would have been otherwise; nothing is counted or kept')
    .requiredOption('--since <time>', 'from then on, Asia/Shanghai', time)
    .option('--until <time>', 'before then (default: now)', time)
    .option('--channel <id>', 'of one channel')
    .option('--used <file>', 'a JSON file with what counters have in use then: {"counter": 3}')
    .action(run.onHub((context, options: Options, file) => runBacktest(context, file, options)))
}

async function runBacktest(context: CommandContext, file: string, options: Options): Promise<Report> {
  const core = await context.core()
  const { since, until = core.hub.now(), channel: channelId } = options
  if (since >= until) throw new CommandError('usage', '--since must lie before --until.', exitCodes.usage)
  const rules = readRules(context.resolvePath(file), hashCardNoWith(core.hub.keyring))
  const used = new Map(Object.entries(options.used === undefined ? {} : readUsed(context.resolvePath(options.used))))
  let bar: ReturnType<CommandContext['output']['progress']> | undefined
  try {
    const onProgress = (_: number, total: number): void => {
      bar ??= context.output.progress(total, 'Deciding anew')
      bar.add(1)
    }
    const flips = await backtest(core, { rules, since, until, channelId, used, signal: context.signal, onProgress })
    return reportOf(flips, since, until)
  } finally {
    bar?.stop()
  }
}

const head = ['channel', 'asked', 'would be refused', 'yuan', 'other discount', 'yuan', 'would pass', 'unknown']

function reportOf(flips: Map<string, Flips>, since: Date, until: Date): Report {
  const channels = [...flips].map(([channelId, found]) => ({ channelId, ...found }))
  const scope = `from ${showTime(since)} until ${showTime(until)}`
  const value = { since, until, channels }
  if (channels.length === 0) return { value, lines: [`These rules would have been asked of nothing ${scope}.`] }
  const rows = channels.map(({ channelId, asked, refused, refusedFen, changed, changedFen, passed, unknown }) => [
    channelId,
    String(asked),
    String(refused),
    showYuan(refusedFen),
    String(changed),
    `${changedFen < 0 ? '-' : ''}${showYuan(Math.abs(changedFen))}`,
    String(passed),
    String(unknown),
  ])
  const lines = [
    '',
    `What was decided ${scope}, decided anew by these rules alone. Counters began at what --used says, or at zero.`,
    '"would pass" are refusals that these rules would not have made; "unknown" needs more of a card than is kept.',
  ]
  return { value, table: { head, rows }, lines }
}
