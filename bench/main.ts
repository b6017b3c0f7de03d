import type { Bench } from './bench.ts'
import { createBelongings, type Belongings } from './belongings.ts'
import { dispatchBench } from './dispatch.ts'
import { issueBench } from './issue.ts'
import { readOptions, type BenchName, type BenchOptions } from './options.ts'
import { redeemBench } from './redeem.ts'
import { describeResult } from './report.ts'
import { describeRules, measureRules } from './rules.ts'
import { openStage } from './stage.ts'
import { signaturesPerSecond } from './yardstick.ts'

type HubBenchName = Exclude<BenchName, 'rules'>
const benchOf: Record<HubBenchName, Bench> = { issue: issueBench, redeem: redeemBench, dispatch: dispatchBench }

const tell = (text: string): void => console.error(text)

function run(belongings: Belongings, options: BenchOptions): Promise<void> {
  return options.bench === 'rules' ? runRules(options) : runOnHubs(belongings, options, options.bench)
}

/** Rules are pure: they are measured in this process, without hubs and PostgreSQL. */
async function runRules({ bench, seconds, isJson }: BenchOptions): Promise<void> {
  const yardstick = Math.round(signaturesPerSecond())
  tell(`A core makes ${yardstick} RSA-2048 signatures a second now`)
  const rules = await measureRules(seconds)
  if (isJson) console.log(JSON.stringify({ bench, yardstick, rules }, null, 2))
  else for (const line of describeRules(rules)) console.log(line)
}

async function runOnHubs(belongings: Belongings, options: BenchOptions, bench: HubBenchName): Promise<void> {
  const stage = await openStage(belongings, options.profileFolder)
  const postgres = stage.version
  const yardstick = Math.round(signaturesPerSecond())
  tell(`PostgreSQL ${postgres}, fsync on; a core makes ${yardstick} RSA-2048 signatures a second now`)
  const result = await benchOf[bench]({ belongings, stage, options, tell })
  if (options.isJson) console.log(JSON.stringify({ bench, postgres, yardstick, ...result }, null, 2))
  else for (const line of describeResult(result)) console.log(line)
}

const belongings = createBelongings()
for (const [name, exitCode] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
  process.once(name, () => void belongings.removeAll().finally(() => process.exit(exitCode)))
}
try {
  await run(belongings, readOptions(process.argv.slice(2)))
} catch (error) {
  console.error(error instanceof Error && process.env['DEBUG'] === undefined ? error.message : error)
  process.exitCode = 1
} finally {
  await belongings.removeAll()
}
