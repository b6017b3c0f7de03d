import type { Command } from 'commander'
import { messageProtocolKey, messageWaitsSeconds } from '../core/callback.ts'
import { verifyHub, type Progress, type VerifyReport } from '../core/verify/verify.ts'
import { callbackProtocols } from '../faces/index.ts'
import type { CommandContext } from './context.ts'
import { exitCodes } from './exit-codes.ts'
import type { Output, Report } from './output.ts'
import type { Run } from './run.ts'
import { counted } from './plural.ts'

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
  const { onProgress, stop } = showProgress(context.output)
  try {
    const options = { isFull: full === true, onProgress, attemptsOf: attemptsOfProtocols(), signal: context.signal }
    return reportOf(await verifyHub(core, options))
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
function showProgress(output: Output) {
  let bar: ReturnType<Output['progress']> | undefined
  let shown = 0
  return {
    onProgress: ({ done, total }: Progress): void => {
      bar ??= output.progress(total, 'Reading days')
      bar.add(done - shown)
      shown = done
    },
    stop: (): void => bar?.stop(),
  }
}

function reportOf({ differences, checked }: VerifyReport): Report {
  const { days, daysRead, readings } = checked
  const scope = `${counted(days, 'day')}, ${daysRead} read row by row, in ${counted(readings, 'short read')}`
  const isRight = differences.length === 0
  const summary = isRight
    ? `Everything adds up: ${scope}.`
    : `${differences.length} differences, each seen three times: ${scope}.`
  return {
    value: { isRight, differences, checked },
    lines: [...differences.map(({ check, words }) => `${check}: ${words}`), summary],
    exitCode: isRight ? exitCodes.done : exitCodes.failed,
  }
}
