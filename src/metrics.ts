import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { BatchReport } from './core/batch/batch.ts'
import type { Core } from './core/core.ts'
import { readStockCounters } from './db/counters.ts'
import { clockDifferenceSeconds } from './db/client/server.ts'
import { countDue, countLate } from './db/notification-queue.ts'
import { breakerOf } from './telling/waiting-room.ts'
import { within } from './time/waiting.ts'

/** What the hub counts of itself, for Prometheus. Names and labels are documented in docs/operating.md. */
export type Metrics = ReturnType<typeof createMetrics>

const batchSizes = [1, 2, 5, 10, 20, 50, 100, 200]
const durationsSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const answers = new Counter({
    name: 'quanhub_answers_total',
    help: 'Requests answered, by face, endpoint and answer.',
    labelNames: ['face', 'endpoint', 'answer'],
    registers,
  })
  const batchCommands = new Histogram({
    name: 'quanhub_batch_commands',
    help: 'Commands in a batch, by verb.',
    labelNames: ['verb'],
    buckets: batchSizes,
    registers,
  })
  const batchSeconds = new Histogram({
    name: 'quanhub_batch_seconds',
    help: 'Time a batch took, by verb and phase (load, decide, save, commit).',
    labelNames: ['verb', 'phase'],
    buckets: durationsSeconds,
    registers,
  })
  const attempts = new Counter({
    name: 'quanhub_delivery_attempts_total',
    help: 'Attempts to deliver a notification, by face and outcome.',
    labelNames: ['face', 'outcome'],
    registers,
  })
  const guesses = new Counter({
    name: 'quanhub_guesses_stopped_total',
    help: 'Requests refused because a shop or an acceptor had tried too many unknown codes.',
    registers,
  })
  return {
    registry,
    onAnswer: (face: string, endpoint: string, answer: string): void => answers.inc({ face, endpoint, answer }),
    onAttempt: ({ face, outcome }: { face: string; outcome: string }): void => attempts.inc({ face, outcome }),
    onGuessStopped: (): void => guesses.inc(),
    onBatch: (report: BatchReport): void => {
      batchCommands.observe({ verb: report.verb }, report.commands)
      for (const phase of phases)
        batchSeconds.observe({ verb: report.verb, phase }, report[`${phase}Milliseconds`] / 1000)
    },
  }
}

type GaugeRow = { labels: Record<string, string>; value: number }
const phases = ['load', 'decide', 'save', 'commit'] as const

/**
 * Adds numbers that are read when they are asked for. `read` gives rows of labels and values; while the database does not
 * give them there are none, and the other metrics are there nevertheless.
 */
function addGauge(
  { registry }: Metrics,
  name: string,
  help: string,
  labelNames: string[],
  read: () => Promise<GaugeRow[]>,
): void {
  const collect = async (): Promise<void> => {
    gauge.reset()
    const answered = await within(readMilliseconds, read()).catch(() => undefined)
    for (const { labels, value } of answered?.value ?? []) gauge.set(labels, value)
  }
  const gauge: Gauge = new Gauge({ name, help, labelNames, registers: [registry], collect })
}

const lateSeconds = 60
const readMilliseconds = 2_000

/** What is read from the database when the metrics are asked for: short statements over small or indexed sets. */
export function addStateGauges(metrics: Metrics, { hub, refusals, oldestCommands, heldBack }: Core): void {
  const { sql } = hub.database
  addGauge(metrics, 'quanhub_notifications_due', 'Notifications whose next attempt is due.', [], async () => [
    { labels: {}, value: await countDue(sql, hub.now()) },
  ])
  addGauge(metrics, 'quanhub_notifications_late', `Notifications due for more than ${lateSeconds} s.`, [], async () => [
    { labels: {}, value: await countLate(sql, hub.now(), lateSeconds) },
  ])
  addGauge(
    metrics,
    'quanhub_oldest_command_seconds',
    'How long the oldest command has waited, by verb.',
    ['verb'],
    async () => oldestCommands().map(({ verb, seconds }) => ({ labels: { verb }, value: seconds })),
  )
  addGauge(metrics, 'quanhub_database_clock_seconds', 'How far the database’s clock is ahead.', [], async () => [
    { labels: {}, value: await clockDifferenceSeconds(sql, hub.now) },
  ])
  addGauge(metrics, 'quanhub_refusals_dropped', 'Refusals of which it could not be kept why.', [], async () => [
    { labels: {}, value: refusals.dropped() },
  ])
  addGauge(
    metrics,
    'quanhub_held_back',
    'Addresses of apps that notifications are held back from, since they have failed: 1 each.',
    ['face', 'app', 'kind', 'address'],
    async () => heldBack().map(({ about }) => ({ labels: breakerOf(about), value: 1 })),
  )
  addGauge(
    metrics,
    'quanhub_stock_left',
    'What is left of limited stock, and of code sources, by counter.',
    ['counter'],
    async () =>
      (await readStockCounters(sql)).map(({ key, used, max }) => ({
        labels: { counter: key },
        value: (max ?? 0) - used,
      })),
  )
}
