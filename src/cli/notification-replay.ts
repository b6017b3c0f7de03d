import type { Command } from 'commander'
import { openSender } from '../http-out/ways-out.ts'
import { protocolsOf } from '../telling/protocols.ts'
import { replay, type ReplayFilter, type ReplayReport, type ReplayState } from '../telling/replay.ts'
import type { CommandContext } from './context.ts'
import { CommandError, exitCodes } from './errors.ts'
import { addFilters, filterOf, nameOf, type FilterOptions } from './notification-options.ts'
import type { Report } from './output.ts'
import type { Run } from './run.ts'

type ReplayOptions = FilterOptions<ReplayState> & { dryRun?: boolean; reason?: string }

const states: readonly ReplayState[] = ['due', 'given_up', 'delivered']

export function registerReplay(group: Command, run: Run): void {
  addFilters(group.command('replay [no]').description('tell once more, now: one, or all that match'), states)
    .option('--dry-run', 'say how many match, and tell nobody')
    .addHelpText(
      'after',
      [
        '',
        'Without --state what is due or was given up is told; what was delivered only where --state says so, and what',
        'was withdrawn never. Success ends the schedule of a notification, failure leaves it as it was. The exit code',
        'is 1 where any attempt failed.',
      ].join('\n'),
    )
    .action(run.onHub(replaySome))
}

async function replaySome(context: CommandContext, options: ReplayOptions, no?: string): Promise<Report> {
  const filter = chosen(options, no)
  const isDryRun = options.dryRun === true
  if (!isDryRun && options.reason === undefined) {
    throw new CommandError('usage', 'Say why, for the audit: --reason "…"', exitCodes.usage)
  }
  const core = await context.core()
  const sender = openSender(core.hub)
  try {
    const parts = { protocols: protocolsOf(core.hub.config), sender, operator: context.operator }
    // What comes in between is left to its own schedule.
    const until = filter.until ?? new Date(core.hub.now().getTime() + 1)
    const counted = await replay(core, { ...filter, until }, { ...parts, isDryRun: true })
    if (isDryRun || counted.matched === 0) return reportOf(counted, isDryRun, filter)
    const bar = context.output.progress(counted.matched, 'notifications')
    const onProgress = follow(context.signal, bar.add)
    const report = await replay(core, { ...filter, until }, { ...parts, onProgress }).finally(() => bar.stop())
    return reportOf(report, false, filter)
  } finally {
    await sender.close()
  }
}

/** Everything would be too much to be meant by saying nothing. */
function chosen(options: ReplayOptions, no: string | undefined): ReplayFilter {
  const filter = filterOf(options) as ReplayFilter
  if (no !== undefined) return { ...filter, name: nameOf('notification', no) }
  if (Object.values(filter).some((value) => value !== undefined)) return filter
  const words = 'Say which: a number, or at least one of --channel --state --kind --order --since --until.'
  throw new CommandError('usage', words, exitCodes.usage)
}

/** Moves the bar after each page, and ends the replay between two pages where the user does not want the rest. */
function follow(signal: AbortSignal, add: (amount: number) => void): (report: ReplayReport) => void {
  let seen = 0
  return ({ matched }) => {
    add(matched - seen)
    seen = matched
    signal.throwIfAborted()
  }
}

function reportOf(report: ReplayReport, isDryRun: boolean, { states }: ReplayFilter): Report {
  const { matched, delivered, failed, skipped } = report
  const value = { ...report, isDryRun }
  if (matched === 0) {
    const hint = states === undefined ? ' What was delivered is told again only with --state delivered.' : ''
    return { value, lines: [`No notification matches.${hint}`] }
  }
  if (isDryRun) return { value, lines: [`${matched} match and would be told. Nobody was told.`] }
  const lines = [
    `Of ${matched} that match ${delivered} were delivered and ${failed} failed.`,
    ...(skipped === 0 ? [] : [`${skipped} were skipped: somebody was telling them just then, or they had changed.`]),
    ...(failed === 0 ? [] : ['See how: quanhub notification show NO. What failed keeps its schedule.']),
  ]
  return { value, lines, exitCode: failed > 0 ? exitCodes.failed : exitCodes.done }
}
