import type { Bench } from './bench.ts'
import { createBelongings, type Belongings } from './belongings.ts'
import { dispatchBench } from './dispatch.ts'
import { issueBench } from './issue.ts'
import { readOptions, type BenchName, type BenchOptions } from './options.ts'
import { redeemBench } from './redeem.ts'
import { describeResult } from './report.ts'
import { openStage } from './stage.ts'
import { signaturesPerSecond } from './yardstick.ts'

const benchOf: Record<BenchName, Bench> = { issue: issueBench, redeem: redeemBench, dispatch: dispatchBench }

async function run(belongings: Belongings, options: BenchOptions): Promise<void> {
  const tell = (text: string): void => console.error(text)
  const stage = await openStage(belongings, options.profileFolder)
  const postgres = stage.version
  const yardstick = Math.round(signaturesPerSecond())
  tell(`PostgreSQL ${postgres}, fsync on; a core makes ${yardstick} RSA-2048 signatures a second now`)
  const result = await benchOf[options.bench]({ belongings, stage, options, tell })
  if (options.isJson) console.log(JSON.stringify({ bench: options.bench, postgres, yardstick, ...result }, null, 2))
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
