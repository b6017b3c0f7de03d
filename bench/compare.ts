import type { Database } from '../src/db/client/client.ts'
import type { Belongings } from './belongings.ts'
import { residentMegabytes } from './cpu.ts'
import { runLoad, type LoadResult } from './load.ts'
import type { BenchOptions } from './options.ts'
import type { Stage } from './stage.ts'

export const warmUpSeconds = 2

/** The same load on the hub as it is, and on one that commits each command by itself, sixteen at once. */
export type Comparison = {
  title: string
  batched: LoadResult
  capped: LoadResult
  ratio: number
  /** What the hub held before the load. */
  idleMegabytes: number | undefined
}

export type Comparing = {
  title: string
  file: string
  success: string
  change?: (database: Database) => Promise<void>
}

const quiet = { QUANHUB_DISPATCH: 'false' }
const capped = { QUANHUB_BATCH_COMMANDS: '1', QUANHUB_BATCHES_IN_FLIGHT: '16', QUANHUB_DATABASE_CONNECTIONS: '20' }

export async function compare(
  belongings: Belongings,
  stage: Stage,
  { seconds, connections }: BenchOptions,
  { title, file, success, change }: Comparing,
): Promise<Comparison> {
  const measure = async (settings: Record<string, string>) => {
    const hub = await stage.openHub({ ...quiet, ...settings }, change)
    const idleMegabytes = residentMegabytes(hub.pid)
    const order = { port: hub.port, connections, file, success, warmUpSeconds, seconds }
    const result = await runLoad(belongings, order, { hubPid: hub.pid, databasePid: stage.databasePid })
    await hub.close()
    return { result, idleMegabytes }
  }
  const { result, idleMegabytes } = await measure({})
  const { result: cappedResult } = await measure(capped)
  return {
    title,
    batched: result,
    capped: cappedResult,
    ratio: result.perSecond / cappedResult.perSecond,
    idleMegabytes,
  }
}
