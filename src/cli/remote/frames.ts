import type { Socket } from 'node:net'
import { join, relative } from 'node:path'
import { z } from 'zod'
import type { Table, Output, Progress } from '../output.ts'

// One JSON text a line, in both directions. JSON writes line breaks inside of texts as \n, so a line is a frame.

const requestSchema = z.object({
  argv: z.array(z.string()),
  cwd: z.string(),
  userName: z.string(),
  isInteractive: z.boolean(),
  columns: z.number(),
  /** The few variables that a command reads from the user's environment, not from the hub's. */
  environment: z.record(z.string(), z.string()),
})

/** What the terminal's process asks: run this command line for me. */
export type CommandRequest = z.infer<typeof requestSchema>

export const toHubSchema = z.union([z.object({ request: requestSchema }), z.object({ cancel: z.literal(true) })])
type ToHub = z.infer<typeof toHubSchema>

export type FromHub =
  | { line: string }
  | { error: string }
  | { table: Table }
  | { json: unknown }
  | { bar: number; start: { total: number; label: string } }
  | { bar: number; add: number }
  | { bar: number; stop: true }
  | { exit: number }

const longestFrame = 1_000_000

export const sendFrame = (socket: Socket, frame: ToHub | FromHub): void => {
  if (socket.writable) socket.write(`${JSON.stringify(frame)}\n`)
}

/**
 * Calls `onFrame` for each frame that arrives, with whatever JSON it is. A line that is no JSON, or too long, or one
 * that `onFrame` throws at, ends the connection.
 */
export function readFrames(socket: Socket, onFrame: (frame: unknown) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    try {
      if (rest.length > longestFrame) throw new Error('a frame was too long')
      for (const line of lines) onFrame(JSON.parse(line))
    } catch (error) {
      socket.destroy(error as Error)
    }
  })
}

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

// The kernel keeps the path in a field of 108 bytes (104 on macOS), with a zero at its end.
const longestPath = 103

/** The name of the hub's socket, and of the one that it is made as, in the data folder. */
export const socketPath = (dataFolder: string): string => shortest(join(dataFolder, 'hub.sock'))

/** The shorter way to write a path: seen from the working directory, deep folders fit too. */
export function shortest(path: string): string {
  const fromHere = relative(process.cwd(), path)
  const chosen = fromHere.length < path.length ? fromHere : path
  if (Buffer.byteLength(chosen) <= longestPath) return chosen
  throw new Error(
    `the path ${path} is too long for a socket (${longestPath} bytes at most): ` +
      'use a data folder with a shorter path (QUANHUB_DATA_DIR), or start in a folder nearer to it',
  )
}
