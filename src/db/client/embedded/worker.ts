// PGlite in a thread of its own, so that its statements do not stop the server's event loop.
// In come messages of PostgreSQL's protocol (or a request of ours), out go the answers.
import { readFile } from 'node:fs/promises'
import { setFlagsFromString } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'

export type EmbeddedSource = { folder: string } | { snapshot: string } | { isEmpty: true }
export type ToWorker = Uint8Array | 'close' | 'dump' | 'ping'
export type FromWorker =
  | Uint8Array
  | { kind: 'ready' }
  | { kind: 'closed' }
  | { kind: 'heard' }
  | { kind: 'dumped'; tar: Uint8Array }
  | { kind: 'failed'; message: string }

if (parentPort === null) throw new Error('this file runs in a worker thread')
const port = parentPort
// By V8's own measure a start is long enough to compile PGlite's largest functions a second time, optimized, which takes
// more processor time than all else of the start. With about fifteen times its measure only what a hub runs for long is.
setFlagsFromString('--wasm-tiering-budget=200000000')
const database = await PGlite.create(await startOptions(workerData as EmbeddedSource))
let isConnected = false
let work = Promise.resolve()

port.on('message', (message: ToWorker) => {
  // One at a time: PGlite has one session, and answers belong to their questions by order alone.
  work = work.then(() => handle(message)).catch(fail)
})
send({ kind: 'ready' })

async function startOptions(source: EmbeddedSource): Promise<{ dataDir?: string; loadDataDir?: Blob }> {
  if ('folder' in source) return { dataDir: source.folder }
  return 'snapshot' in source ? { loadDataDir: new Blob([await readFile(source.snapshot)]) } : {}
}

async function handle(message: ToWorker): Promise<void> {
  if (message === 'close') {
    await database.close()
    send({ kind: 'closed' })
  } else if (message === 'ping') {
    send({ kind: 'heard' })
  } else if (message === 'dump') {
    const tar = await database.dumpDataDir('none')
    send({ kind: 'dumped', tar: new Uint8Array(await tar.arrayBuffer()) })
  } else {
    await answer(message)
  }
}

async function answer(message: Uint8Array): Promise<void> {
  // Only the message that starts a session has no type, and so begins with the zero of its length.
  if (message[0] === 0) await startSession()
  const chunks: Uint8Array[] = []
  // PGlite uses the memory of a chunk again.
  await database.execProtocolRawStream(message, { onRawData: (chunk) => void chunks.push(chunk.slice()) })
  const bytes = chunks.length === 1 ? chunks[0]! : new Uint8Array(Buffer.concat(chunks))
  if (bytes.length > 0) port.postMessage(bytes, [bytes.buffer as ArrayBuffer])
}

/** There is only one session: the next one begins by clearing what the last one left behind. */
async function startSession(): Promise<void> {
  if (isConnected && database.isInTransaction()) await database.exec('rollback')
  if (isConnected) await database.exec('discard all')
  isConnected = true
}

function send(message: FromWorker): void {
  port.postMessage(message, [])
}

function fail(error: unknown): void {
  send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
}
