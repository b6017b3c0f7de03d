import { Duplex } from 'node:stream'
import type { Worker } from 'node:worker_threads'
import type { FromWorker } from './worker.ts'

const terminate = 'X'.charCodeAt(0)
const cancelRequest = 80877102

/**
 * A stream that stands for a connection to the PGlite in `worker`: what is written goes to it as it is, what it
 * answers is read. It ends when the worker does, with an error.
 */
export function openPortSocket(worker: Worker): Duplex {
  const onMessage = (message: FromWorker): void => {
    if (message instanceof Uint8Array) socket.push(Buffer.from(message.buffer, message.byteOffset, message.byteLength))
    else if (message.kind === 'failed') socket.destroy(new Error(`the embedded database failed: ${message.message}`))
  }
  const onExit = (): void => void socket.destroy(new Error('the embedded database has stopped'))
  const state: { readyState: 'open' | 'closed' } = { readyState: 'open' }
  const socket = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      if (isCancelRequest(chunk))
        socket.destroy() // It runs one statement at a time, and hears nothing meanwhile.
      else if (!isTerminate(chunk)) worker.postMessage(chunk, []) // PGlite outlives its sessions.
      done()
    },
    final: (done) => {
      done()
      socket.destroy()
    },
    destroy: (error, done) => {
      Object.assign(socket, { readyState: 'closed' })
      worker.off('message', onMessage).off('exit', onExit)
      done(error)
    },
  })
  worker.on('message', onMessage).on('exit', onExit)
  // The client looks at it to learn whether there is something to close.
  return Object.assign(socket, state)
}

const isTerminate = (chunk: Buffer): boolean => chunk.length === 5 && chunk[0] === terminate
const isCancelRequest = (chunk: Buffer): boolean => chunk.length === 16 && chunk.readInt32BE(4) === cancelRequest
