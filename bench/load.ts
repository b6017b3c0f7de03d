import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Belongings } from './belongings.ts'
import { startCpuMeter, type CpuUse } from './cpu.ts'
import type { LoadOrder, LoadReport } from './load-client.ts'

export type LoadResult = Extract<LoadReport, { kind: 'done' }> & { perSecond: number; cpu: CpuUse | undefined }

/** Writes requests to a file that the client reads; its name. */
export function writeRequests(belongings: Belongings, requests: Buffer[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'quanhub-bench-'))
  belongings.keep(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'requests')
  writeFileSync(file, Buffer.concat(requests.flatMap((request) => [lengthOf(request), request])))
  return file
}

function lengthOf(request: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(request.length)
  return length
}

/** Lets a client load a hub, and says what came of it. */
export async function runLoad(
  belongings: Belongings,
  order: LoadOrder,
  pids: { hubPid: number; databasePid: number },
): Promise<LoadResult> {
  const client = fork(fileURLToPath(new URL('load-client.ts', import.meta.url)), { execArgv: [], detached: true })
  belongings.keep(() => client.kill('SIGKILL'))
  const ended = once(client, 'exit')
  let readCpu: ReturnType<typeof startCpuMeter> | undefined
  const result = new Promise<LoadResult>((resolve) => {
    client.on('message', (report: LoadReport) => {
      if (report.kind === 'measuring') readCpu = startCpuMeter({ ...pids, clientPid: client.pid! })
      else resolve({ ...report, perSecond: report.answers / report.seconds, cpu: readCpu?.() })
    })
  })
  client.send(order)
  const first = await Promise.race([result, ended.then(() => undefined)])
  if (first === undefined) throw new Error('the client ended without a result')
  await ended
  return first
}
