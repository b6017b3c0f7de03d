import { connect, type Socket } from 'node:net'
import { CommandError } from '../errors.ts'
import type { Output, Progress } from '../output.ts'
import { readFrames, sendFrame, type CommandRequest, type FromHub, socketPath } from './frames.ts'

/**
 * Runs a command inside the hub that holds the data folder, drawing on this terminal, and answers its exit code.
 * Undefined where no hub listens there: nobody, or one that died and left its socket behind.
 */
export async function runInHub(
  dataFolder: string,
  request: CommandRequest,
  output: Output,
  signal: AbortSignal,
): Promise<number | undefined> {
  const socket = await connectToHub(socketPath(dataFolder))
  if (socket === undefined) return undefined
  const onAbort = (): void => sendFrame(socket, { cancel: true })
  signal.addEventListener('abort', onAbort)
  try {
    const ended = converse(socket, request, output)
    if (signal.aborted) onAbort()
    return await ended
  } finally {
    signal.removeEventListener('abort', onAbort)
    socket.destroy()
  }
}

function connectToHub(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(socket))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined)
      else if (error.code === 'EACCES') reject(new CommandError('hub_not_allowed', notAllowed(path)))
      else reject(error)
    })
  })
}

const notAllowed = (path: string): string =>
  `the hub that holds the data folder runs as another user, who alone may use ${path}: run the command as that user`

function converse(socket: Socket, request: CommandRequest, output: Output): Promise<number> {
  const bars = new Map<number, Progress>()
  return new Promise((resolve, reject) => {
    const onEnd = (): void =>
      reject(
        new CommandError('hub_ended', 'the hub ended while the command ran: look whether it was done, and repeat it'),
      )
    socket.on('error', onEnd).on('close', onEnd)
    readFrames(socket, (json) => {
      // From our own program at the other end.
      const frame = json as FromHub
      if ('exit' in frame) resolve(frame.exit)
      else show(frame, output, bars)
    })
    sendFrame(socket, { request })
  })
}

function show(frame: Exclude<FromHub, { exit: number }>, output: Output, bars: Map<number, Progress>): void {
  if ('line' in frame) output.line(frame.line)
  else if ('error' in frame) output.error(frame.error)
  else if ('table' in frame) output.table(frame.table)
  else if ('json' in frame) output.json(frame.json)
  else if ('start' in frame) bars.set(frame.bar, output.progress(frame.start.total, frame.start.label))
  else if ('add' in frame) bars.get(frame.bar)?.add(frame.add)
  else bars.get(frame.bar)?.stop()
}
