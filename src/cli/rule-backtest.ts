import type { Command } from 'commander'
import { backtest } from '../core/replay/backtest.ts'
import { hashCardNoWith } from '../core/keys/hashes.ts'
import { reportBacktest } from './backtest-report.ts'
import type { CommandContext } from './context.ts'
import { CommandError, exitCodes } from './exit-codes.ts'
import type { Report } from './output.ts'
import { time } from './parse.ts'
import { readRules, readUsed } from './rule-files.ts'
import type { Run } from './run.ts'

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
