import type { Core } from './core/core.ts'
import { readStockCounters } from './db/counters.ts'
import { countDue, countLate } from './db/notification-queue.ts'
import type { Metrics } from './metrics.ts'

const lateSeconds = 60

/** What is read from the database when the metrics are asked for: short statements over small or indexed sets. */
export function addStateGauges(metrics: Metrics, { hub, refusals }: Core): void {
  const { sql } = hub.database
  metrics.addGauge('quanhub_notifications_due', 'Notifications whose next attempt is due.', [], async () => [
    { labels: {}, value: await countDue(sql, hub.now()) },
  ])
  metrics.addGauge('quanhub_notifications_late', `Notifications due for more than ${lateSeconds} s.`, [], async () => [
    { labels: {}, value: await countLate(sql, hub.now(), lateSeconds) },
  ])
  metrics.addGauge('quanhub_refusals_dropped', 'Refusals of which it could not be kept why.', [], async () => [
    { labels: {}, value: refusals.dropped() },
  ])
  metrics.addGauge(
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
