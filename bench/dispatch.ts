import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Database } from '../src/db/client/client.ts'
import type { Bench } from './bench.ts'
import type { Belongings } from './belongings.ts'
import { startCpuMeter } from './cpu.ts'
import type { ReceiverReport } from './receiver.ts'
import { issueCodes, redeemCodes, seedHotTemplate } from './world.ts'

const notificationsPerSecond = 4_000

/** Tells a partner, who answers at once, of redemptions that are due. The first tenth warms up and is not counted. */
export const dispatchBench: Bench = async ({ belongings, stage, options, tell }) => {
  const count = options.seconds * notificationsPerSecond
  const receiver = await startReceiver(belongings, count)
  tell(`making ${count} write-offs`)
  await stage.prepare(async (database) => {
    const core = await seedHotTemplate(database)
    await redeemCodes(core, await issueCodes(core, count, `http://127.0.0.1:${receiver.port}/write-off`))
  })
  tell('measuring dispatch')
  const hub = await stage.openHub({ QUANHUB_CALLBACK_NETWORKS: '127.0.0.1' })
  await receiver.next('tenth')
  const readCpu = startCpuMeter({ clientPid: receiver.pid, hubPid: hub.pid, databasePid: stage.databasePid })
  const { received, seconds } = await receiver.next('all')
  const cpu = readCpu()
  const failures = count - (await countDelivered(hub.database, count))
  await hub.close()
  await receiver.stop()
  return { dispatch: { callbacks: received, seconds, perSecond: received / seconds, failures, cpu } }
}

// The outcomes of the last callbacks are written a moment after they were answered.
async function countDelivered({ sql }: Database, count: number): Promise<number> {
  for (let look = 1; ; look++) {
    const [row] = await sql<{ delivered: number }[]>`
      select count(*)::int as delivered from notifications where state = 'delivered' and attempts = 1`
    if (row!.delivered === count || look === 20) return row!.delivered
    await sleep(100)
  }
}

async function startReceiver(belongings: Belongings, expected: number) {
  const program = fileURLToPath(new URL('receiver.ts', import.meta.url))
  const child = fork(program, [String(expected)], { execArgv: [], detached: true })
  const stop = belongings.keep(() => child.disconnect())
  const reports: ReceiverReport[] = []
  child.on('message', (report: ReceiverReport) => reports.push(report))
  const next = async <Kind extends ReceiverReport['kind']>(kind: Kind) => {
    for (;;) {
      const report = reports.find((report) => report.kind === kind)
      if (report !== undefined) return report as Extract<ReceiverReport, { kind: Kind }>
      await once(child, 'message')
    }
  }
  const { port } = await next('listening')
  return { pid: child.pid!, port, next, stop }
}
