import type { Socket } from 'node:net'
import type { Table } from '../output.ts'

// One JSON text a line, in both directions. JSON writes line breaks inside of texts as \n, so a line is a frame.

/** What the terminal's process asks: run this command line for me. */
export type CommandRequest = {
  argv: string[]
  cwd: string
  userName: string
  isInteractive: boolean
  columns: number
  /** The few variables that a command reads from the user's environment, not from the hub's. */
  environment: Record<string, string>
}

export type ToHub = { request: CommandRequest } | { cancel: true }

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

/** Calls `onFrame` for each frame that arrives. A line that is no frame, or too long, ends the connection. */
export function readFrames<Frame>(socket: Socket, onFrame: (frame: Frame) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > longestFrame) socket.destroy(new Error('a frame was too long'))
    for (const line of lines) readFrame(socket, line, onFrame)
  })
}

function readFrame<Frame>(socket: Socket, line: string, onFrame: (frame: Frame) => void): void {
  let frame: Frame
  try {
    frame = JSON.parse(line) as Frame
  } catch {
    socket.destroy(new Error('a frame was no JSON'))
    return
  }
  onFrame(frame)
}
