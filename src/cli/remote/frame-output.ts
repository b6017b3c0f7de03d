import type { Output, Progress } from '../output.ts'
import type { FromHub } from './frames.ts'

const barPauseMilliseconds = 100

/** Speaks to a terminal at the other end of a connection. */
export function createFrameOutput(
  send: (frame: FromHub) => void,
  { isInteractive, columns }: { isInteractive: boolean; columns: number },
): Output {
  let bars = 0
  return {
    line: (line) => send({ line }),
    error: (error) => send({ error }),
    table: (table) => send({ table }),
    json: (json) => send({ json }),
    progress: (total, label) => {
      bars += 1
      send({ bar: bars, start: { total, label } })
      return createFrameBar(bars, send)
    },
    isInteractive,
    columns,
  }
}

// A bar is for the eye: what is added within a tenth of a second travels as one frame.
function createFrameBar(bar: number, send: (frame: FromHub) => void): Progress {
  let waiting = 0
  let sentAt = 0
  const flush = (): void => {
    if (waiting > 0) send({ bar, add: waiting })
    waiting = 0
    sentAt = performance.now()
  }
  return {
    add: (amount) => {
      waiting += amount
      if (performance.now() - sentAt >= barPauseMilliseconds) flush()
    },
    stop: () => {
      flush()
      send({ bar, stop: true })
    },
  }
}
