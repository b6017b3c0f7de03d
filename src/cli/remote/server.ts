import { chmodSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { CommandError } from '../errors.ts'
import {
  readFrames,
  sendFrame,
  toHubSchema,
  type CommandRequest,
  createFrameOutput,
  shortest,
  socketPath,
} from './frames.ts'
import type { Output } from '../output.ts'

export type CommandServer = { close: () => Promise<void> }

/** One command line that another process wants to be run here. */
export type RemoteCommand = { request: CommandRequest; output: Output; signal: AbortSignal }

/**
 * Listens on `<dataFolder>/hub.sock` (mode 0600) for commands, and runs each by `execute`, which answers its exit code.
 * The caller holds the lock of the data folder: a socket that lies there is a dead hub's.
 */
export async function createCommandServer(
  dataFolder: string,
  execute: (command: RemoteCommand) => Promise<number>,
): Promise<CommandServer> {
  const path = socketPath(dataFolder)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    serveOne(socket, execute)
  })
  await listenPrivately(server, dataFolder, path)
  return {
    close: async () => {
      rmSync(path, { force: true })
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

// Made in a folder that nobody else can enter, and moved when its mode is right: at no time may others connect.
async function listenPrivately(server: Server, dataFolder: string, path: string): Promise<void> {
  const folder = mkdtempSync(join(dataFolder, '.socket-'))
  try {
    const made = shortest(join(folder, 's'))
    server.listen(made)
    await once(server, 'listening')
    chmodSync(made, 0o600)
    renameSync(made, path)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function serveOne(socket: Socket, execute: (command: RemoteCommand) => Promise<number>): void {
  const controller = new AbortController()
  const cancel = (): void => controller.abort(new CommandError('cancelled', 'the terminal cancelled the command'))
  // A terminal that has gone away watches no more: its command ends like a cancelled one.
  socket.on('error', cancel).on('close', cancel)
  let isStarted = false
  readFrames(socket, (json) => {
    const frame = toHubSchema.parse(json)
    if ('cancel' in frame) return cancel()
    if (isStarted) return
    isStarted = true
    void runOne(socket, frame.request, controller.signal, execute)
  })
}

async function runOne(
  socket: Socket,
  request: CommandRequest,
  signal: AbortSignal,
  execute: (command: RemoteCommand) => Promise<number>,
): Promise<void> {
  const output = createFrameOutput((frame) => sendFrame(socket, frame), request)
  const exit = await execute({ request, output, signal }).catch((error: unknown) => {
    output.error(`quanhub: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  })
  sendFrame(socket, { exit })
  socket.end()
}
