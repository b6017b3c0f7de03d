import { readFileSync } from 'node:fs'
import { openLoadConnection } from './load-connection.ts'

// A process of its own that sends what was made beforehand. It shares the machine with the hub, so it does as little
// as it can: no client library, no parsing beyond what tells a good answer from a bad one.

/** What the client is to do, as its parent tells it. */
export type LoadOrder = {
  port: number
  connections: number
  /** The requests, each behind its length (4 bytes, the highest first). */
  file: string
  /** What an answer contains when it is a good one. */
  success: string
  warmUpSeconds: number
  seconds: number
}

/** What the client tells: that measuring begins, and at the end what it measured. Latencies in milliseconds. */
export type LoadReport =
  | { kind: 'measuring' }
  | {
      kind: 'done'
      answers: number
      seconds: number
      failures: number
      firstFailure: string | undefined
      p50: number
      p99: number
      longest: number
    }

process.once('message', (order: LoadOrder) => {
  void run(order).then(
    () => process.disconnect(),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})

const tell = (report: LoadReport): void => void process.send!(report)

async function run(order: LoadOrder): Promise<void> {
  const requests = readRequests(order.file)
  const begin = performance.now() + order.warmUpSeconds * 1000
  const end = begin + order.seconds * 1000
  const latencies: number[] = []
  const failures: string[] = []
  let next = 0
  let endedAt = 0
  // What was asked in the time that is measured counts; it is over when the last of it is answered.
  const nextRequest = (): Buffer | undefined => (performance.now() < end ? requests[next++] : undefined)
  const onAnswer = (isGood: boolean, answer: string, sentAt: number): void => {
    if (!isGood) failures.push(answer)
    if (sentAt < begin) return
    endedAt = performance.now()
    latencies.push(endedAt - sentAt)
  }
  const timer = setTimeout(() => tell({ kind: 'measuring' }), begin - performance.now())
  await Promise.all(
    Array.from({ length: order.connections }, () => openLoadConnection({ ...order, nextRequest, onAnswer })),
  )
  clearTimeout(timer)
  latencies.sort((a, b) => a - b)
  const at = (share: number): number => latencies[Math.floor((latencies.length - 1) * share)] ?? 0
  tell({
    kind: 'done',
    answers: latencies.length,
    seconds: (endedAt - begin) / 1000,
    failures: failures.length,
    firstFailure: failures[0],
    p50: at(0.5),
    p99: at(0.99),
    longest: at(1),
  })
}

function readRequests(file: string): Buffer[] {
  const bytes = readFileSync(file)
  const requests: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at)
    requests.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return requests
}
