import type { Command } from 'commander'
import { messageProtocolKey, messageWaitsSeconds } from '../core/notify/callback.ts'
import { verifyHub, type Difference, type Progress, type VerifyReport } from '../core/verify/verify.ts'
import { callbackProtocols } from '../faces/index.ts'
import type { CommandContext } from './context.ts'
import { exitCodes } from './errors.ts'
import type { Output, Report } from './output.ts'
import type { Run } from './run.ts'
import { counted } from './show.ts'

type VerifyCommandOptions = { full?: boolean; json?: boolean }

export function registerVerify(program: Command, run: Run): void {
  program
    .command('verify')
    .description('prove that counters, totals, coupons and notifications add up, while the hub goes on')
    .option('--full', 'count closed days again too, and look at every till number and imported code')
    .addHelpText('after', '\nNames each difference and exits with 1 where there is one.')
    .action(run.onHub(runVerify))
}

async function runVerify(context: CommandContext, { full }: VerifyCommandOptions): Promise<Report> {
  const core = await context.core()
  const isFull = full === true
  const { stop, ...told } = showProgress(context.output, isFull)
  try {
    return reportOf(
      await verifyHub(core, { isFull, ...told, attemptsOf: attemptsOfProtocols(), signal: context.signal }),
    )
  } finally {
    stop()
  }
}

const attemptsOfProtocols = (): ReadonlyMap<string, number> =>
  new Map([
    ...[...callbackProtocols].map(([key, { waitsSeconds }]): [string, number] => [key, waitsSeconds.length]),
    [messageProtocolKey, messageWaitsSeconds.length],
  ])

// How many lanes of days there are to read is known when the first of them are done.
function showProgress(output: Output, isFull: boolean) {
  let bar: ReturnType<Output['progress']> | undefined
  let shown = 0
  const tables = isFull ? 'Looking at every till number and imported code …' : 'Looking at open supplier requests …'
  const stop = (): void => {
    bar?.stop()
    bar = undefined
  }
  return {
    onProgress: ({ done, total }: Progress): void => {
      bar ??= output.progress(total, 'Reading days')
      bar.add(done - shown)
      shown = done
    },
    onPart: (part: 'counters' | 'tables'): void => {
      stop()
      if (output.isInteractive) output.error(part === 'counters' ? 'Comparing counters and totals …' : tables)
    },
    stop,
  }
}

function reportOf({ differences, toDo, checked }: VerifyReport): Report {
  const { days, daysRead, readings } = checked
  const scope = `${counted(days, 'day')}, ${daysRead} read row by row, in ${counted(readings, 'short read')}`
  const isRight = differences.length === 0
  const summary = isRight
    ? `Everything adds up: ${scope}.`
    : `${counted(differences.length, 'difference')}, each seen three times: ${scope}.`
  return {
    value: { isRight, differences, toDo, checked },
    lines: [...Object.entries(toDo).flatMap(([check, words]) => linesOf(differences, check, words)), summary],
    exitCode: isRight ? exitCodes.done : exitCodes.failed,
  }
}

const linesOf = (differences: readonly Difference[], check: string, toDo: string): string[] => [
  ...differences.filter((difference) => difference.check === check).map(({ words }) => `${check}: ${words}`),
  `  What to do: ${toDo}`,
  '',
]
