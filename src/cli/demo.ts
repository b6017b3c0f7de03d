import { Argument, type Command } from 'commander'
import { playMainJob } from '../sandbox/main-job.ts'
import { playExchangeJob } from '../sandbox/exchange-job.ts'
import { playRoutesJob } from '../sandbox/routes-job.ts'
import { openStage, type Stage, type Step } from '../sandbox/stage.ts'
import { playWhaleJob } from '../sandbox/whale-job.ts'
import type { CommandContext } from './context.ts'
import type { Report } from './output.ts'
import type { Run } from './run.ts'

/** What can be played, and what is shown of it in the end. */
type Job = { play: (stage: Stage) => Promise<object>; ending: (result: never) => string[] }

const jobs = {
  main: {
    play: playMainJob,
    ending: ({ code }: { code: string }) => ['coupon', 'show', code],
  },
  whale: {
    play: playWhaleJob,
    ending: ({ refusalNo }: { refusalNo: string }) => ['explain', refusalNo],
  },
  exchange: {
    play: playExchangeJob,
    ending: ({ orderNo }: { orderNo: string }) => ['order', 'show', orderNo],
  },
  routes: {
    play: playRoutesJob,
    ending: ({ redemptionNo }: { redemptionNo: string }) => ['redemption', 'show', redemptionNo],
  },
} satisfies Record<string, Job>

type JobName = keyof typeof jobs

export function registerDemo(program: Command, run: Run): void {
  program
    .command('demo')
    .description('play a story through the running sandbox, and print each step')
    .addArgument(
      new Argument(
        '[story]',
        "main: the whole life of a coupon; whale: Whale's wire, rules, an ESB's codes; exchange: a WeChat cash coupon and its openid; routes: coupons of Douyin and Meituan at our till",
      )
        .choices(Object.keys(jobs))
        .default('main'),
    )
    .action(run.here<{ json?: boolean }>((context, options, story) => demo(context, story as JobName, options)))
}

async function demo(context: CommandContext, story: JobName, { json }: { json?: boolean }): Promise<Report> {
  const { output, config } = context
  const show = (step: Step): void => {
    if (json !== true)
      output.line(`${String(step.milliseconds).padStart(6)} ms  ${step.title}\n           ${step.detail}`)
  }
  const stage = await openStage(config.dataFolder, show)
  const job: Job = jobs[story]
  const result = await job.play(stage)
  if (json === true) return { value: { ...result, steps: stage.steps } }
  const ending = job.ending(result as never)
  output.line('')
  output.line(`What the hub knows of it (quanhub ${ending.join(' ')}):`)
  output.line('')
  const exitCode = await context.runCommand(ending)
  return { value: undefined, exitCode }
}
