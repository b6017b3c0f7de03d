import type { Socket } from 'node:net'
import { z } from 'zod'
import type { Table } from '../output.ts'

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
export type ToHub = z.infer<typeof toHubSchema>

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
