import { mkdirSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { Duplex } from 'node:stream'
import { Worker } from 'node:worker_threads'
import { startDeadline, within } from '../../../time/waiting.ts'
import { takeLock } from './lock.ts'
import { openPortSocket } from './port-socket.ts'
import type { EmbeddedSource, FromWorker, ToWorker } from './worker.ts'

export type Embedded = {
  connectSocket: () => Promise<Duplex>
  /** The whole database as a tar file, from which another one can be started. Not while a transaction runs. */
  dump: () => Promise<Uint8Array>
  /** Writes everything down and stops the thread. */
  close: () => Promise<void>
}

type Message = Exclude<FromWorker, Uint8Array>
type Answer<Kind extends Message['kind']> = Extract<Message, { kind: Kind }>

/** Where PGlite keeps its files, within the data folder. */
export const embeddedFolder = (dataFolder: string): string => join(dataFolder, 'pg')

/** The lock lies beside PGlite's folder, which belongs to PGlite alone. */
export const lockFile = (dataFolder: string): string => join(dataFolder, 'hub.lock')

/**
 * Opens the embedded database in `<dataFolder>/pg`, for this process alone.
 * @param onFatal is told when the database stops by itself: the process cannot go on without it.
 * @throws where another process uses the folder.
 */
export async function openEmbeddedFolder(dataFolder: string, onFatal?: (error: Error) => void): Promise<Embedded> {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  const unlock = await takeLock(lockFile(dataFolder))
  try {
    const embedded = await startEmbedded({ folder: embeddedFolder(dataFolder) }, onFatal)
    const close = (): Promise<void> => embedded.close().finally(unlock)
    return { ...embedded, close }
  } catch (error) {
    unlock()
    throw new Error(`the embedded database in ${dataFolder} does not open: ${openingWords(error)}`, { cause: error })
  }
}

// PGlite's own file system has numbers of its own for what the system says, and no words.
const systemErrors = new Map<unknown, string>([
  [51, 'there is no space left on its disk. Make room, and start again: nothing was lost'],
  [19, 'the disk quota is used up. Make room, and start again: nothing was lost'],
  [2, 'its files may not be read or written by this user. Give them to the user that runs the hub (chown -R)'],
  [63, 'its files may not be changed by this user. Give them to the user that runs the hub (chown -R)'],
  [69, 'its disk may only be read. Mount it for writing, or use another folder (QUANHUB_DATA_DIR)'],
  [29, 'its disk answers with errors. Look at the system’s log before anything else'],
])

/** Why the embedded database does not open, and what to do. */
export function openingWords(error: unknown): string {
  const { message, errno } = error as { message?: string; errno?: unknown }
  const known = systemErrors.get(errno)
  if (known !== undefined) return known
  const said = message || `error ${String(errno ?? error)}`
  return `${said}. Nothing was changed: restore the folder from a backup, or start with an empty one (QUANHUB_DATA_DIR)`
}

/** Starts the embedded database in a worker thread. Without a folder it lives in memory and is gone when it closes. */
export async function startEmbedded(source: EmbeddedSource, onFatal?: (error: Error) => void): Promise<Embedded> {
  // The built package has worker.js.
  const file = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)
  const worker = new Worker(file, { workerData: source, execArgv: [] })
  await answerOf(worker, 'ready')
  const watch = watchWorker(worker, onFatal)
  const stopPinging = pingWorker(worker, watch)
  const ask = <Kind extends Message['kind']>(request: ToWorker, kind: Kind): Promise<Answer<Kind>> => {
    const answer = answerOf(worker, kind)
    worker.postMessage(request, [])
    return answer
  }
  return {
    connectSocket: async () => {
      if (watch.failure !== undefined) throw watch.failure
      return openPortSocket(worker)
    },
    dump: async () => (await ask('dump', 'dumped')).tar,
    close: async () => {
      watch.isClosing = true
      stopPinging()
      if (watch.failure === undefined) await within(closeMilliseconds, ask('close', 'closed'))
      await worker.terminate()
    },
  }
}

// What it has acknowledged is on the disk already, and closing only makes the next start quicker.
const closeMilliseconds = 5_000

const pingMilliseconds = 10_000
/** Longer than any statement is given: a thread that is silent for so long is lost in itself. */
const silenceMilliseconds = 120_000

/** Ends the database where its thread no longer answers; answers how to stop looking. */
function pingWorker(worker: Worker, watch: Watch): () => void {
  let stopWaiting: (() => void) | undefined
  const timer = setInterval(() => {
    if (stopWaiting !== undefined) return
    stopWaiting = startDeadline(silenceMilliseconds, () =>
      watch.fail(new Error(`the embedded database has not answered for ${silenceMilliseconds / 1000} seconds`)),
    )
    worker.postMessage('ping', [])
  }, pingMilliseconds).unref()
  const heard = (): void => {
    stopWaiting?.()
    stopWaiting = undefined
  }
  worker.on('message', heard)
  return () => {
    clearInterval(timer)
    heard()
  }
}

type Watch = { isClosing: boolean; failure?: Error; fail: (error: Error) => void }

/** After an error inside of it PGlite's state is unknown: that, like the end of its thread, is the end. */
function watchWorker(worker: Worker, onFatal?: (error: Error) => void): Watch {
  const fail = (error: Error): void => {
    if (watch.isClosing || watch.failure !== undefined) return
    watch.failure = Object.assign(error, { code: 'CONNECTION_CLOSED' })
    onFatal?.(error)
  }
  const watch: Watch = { isClosing: false, fail }
  worker.on('error', (cause: unknown) => fail(new Error('the embedded database failed', { cause })))
  worker.on('exit', (code) => fail(new Error(`the embedded database has stopped (exit code ${code})`)))
  worker.on('message', (message: FromWorker) => {
    if (!(message instanceof Uint8Array) && message.kind === 'failed')
      fail(new Error(`the embedded database failed: ${message.message}`))
  })
  return watch
}

/** The next message of that kind; rejects where the worker fails or ends before. */
function answerOf<Kind extends Message['kind']>(worker: Worker, kind: Kind): Promise<Answer<Kind>> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit)
      act()
    }
    const onMessage = (message: FromWorker): void => {
      if (message instanceof Uint8Array) return
      if (message.kind === kind) settle(() => resolve(message as Answer<Kind>))
      else if (message.kind === 'failed') settle(() => reject(new Error(message.message)))
    }
    const onError = (error: unknown): void => settle(() => reject(error))
    const onExit = (code: number): void => settle(() => reject(new Error(`its thread ended with exit code ${code}`)))
    worker.on('message', onMessage).on('error', onError).on('exit', onExit)
  })
}
