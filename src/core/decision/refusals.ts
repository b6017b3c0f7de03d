import { insertDecisions, type DecisionRow } from '../../db/decisions.ts'
import type { Hub } from '../../hub.ts'

/**
 * Keeps refusals in the background: whoever is refused waits for nothing, and a flood of refusals costs memory for a
 * bounded number of them. What does not fit is counted, not kept.
 */
type RefusalWriter = {
  add: (row: DecisionRow) => void
  /** Writes what is there. Does not reject. */
  flush: () => Promise<void>
  /** How many could not be kept since the start. */
  dropped: () => number
}

const mostWaiting = 10_000
const rowsPerWrite = 500
const gatherMilliseconds = 200

export function createRefusalWriter({ database, log }: Pick<Hub, 'database' | 'log'>): RefusalWriter {
  const waiting: DecisionRow[] = []
  let dropped = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const rows = waiting.splice(0, rowsPerWrite)
      try {
        await database.transaction((tx) => insertDecisions(tx, rows))
      } catch (error) {
        dropped += rows.length
        log.warn({ err: error, refusals: rows.length }, 'refusals could not be kept')
      }
    }
  }

  const flush = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    await writing
    // What was added while the last write ended. The promise is forgotten when it has settled, not by the work itself.
    if (waiting.length > 0) await (writing ??= writeAll().finally(() => (writing = undefined)))
  }

  return {
    add: (row) => {
      if (waiting.length >= mostWaiting) {
        dropped += 1
        return
      }
      waiting.push(row)
      timer ??= setTimeout(() => void flush(), gatherMilliseconds).unref()
    },
    flush,
    dropped: () => dropped,
  }
}
