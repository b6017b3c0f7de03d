import type { Command } from 'commander'
import { playMainJob } from '../sandbox/main-job.ts'
import { openStage, type Step } from '../sandbox/stage.ts'
import type { CommandContext } from './context.ts'
import type { Report } from './output.ts'
import type { Run } from './run.ts'

export function registerDemo(program: Command, run: Run): void {
  program
    .command('demo')
    .description('play the whole life of a coupon through the running sandbox, and print each step')
    .action(run.here<{ json?: boolean }>(demo))
}

async function demo(context: CommandContext, { json }: { json?: boolean }): Promise<Report> {
  const { output, config } = context
  const show = (step: Step): void => {
    if (json !== true)
      output.line(`${String(step.milliseconds).padStart(6)} ms  ${step.title}\n           ${step.detail}`)
  }
  const stage = await openStage(config.dataFolder, show)
  const { code, orderNo } = await playMainJob(stage)
  if (json === true) return { value: { code, orderNo, steps: stage.steps } }
  output.line('')
  output.line(`What the hub knows of it (quanhub coupon show ${code}):`)
  output.line('')
  const exitCode = await context.runCommand(['coupon', 'show', code])
  return { value: undefined, exitCode }
}
