import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** A PostgreSQL server of our own, which nobody else uses and which is gone afterwards. */
export type Cluster = { url: (database: string) => string; version: string; stop: () => void }

/**
 * The folder of PostgreSQL's programs: the one named by QUANHUB_TEST_POSTGRES_BIN, or the newest that there is.
 * An empty QUANHUB_TEST_POSTGRES_BIN stands for a machine without PostgreSQL.
 */
export function findPostgresPrograms(): string | undefined {
  const named = process.env['QUANHUB_TEST_POSTGRES_BIN']
  if (named === undefined)
    return [...debianFolders(), ...(process.env['PATH'] ?? '').split(delimiter)].find(hasPrograms)
  if (named !== '' && !hasPrograms(named))
    throw new Error(`QUANHUB_TEST_POSTGRES_BIN names ${named}, which has no initdb, pg_ctl and postgres`)
  return named === '' ? undefined : named
}

const hasPrograms = (folder: string): boolean =>
  ['initdb', 'pg_ctl', 'postgres'].every((program) => existsSync(join(folder, program)))

// Debian keeps initdb out of PATH.
function debianFolders(): string[] {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return []
  const versions = readdirSync(root).toSorted((a, b) => Number(b) - Number(a))
  return versions.map((version) => join(root, version, 'bin'))
}

/**
 * Starts a server on a free port. It keeps nothing safe: everything that only helps after a crash is off. A durable one
 * lies on the disk and has PostgreSQL's own settings, for measuring what a real one would do.
 */
export async function startCluster(programs: string, { isDurable = false } = {}): Promise<Cluster> {
  removeOrphans(programs)
  const folder = mkdtempSync(join(isDurable ? tmpdir() : parentFolder(), `${folderPrefix}${process.pid}-`))
  const owner = clusterOwner()
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid)
  const run = runner(programs, folder)
  run('initdb', [
    '-D',
    dataFolder(folder),
    '-U',
    'postgres',
    '--auth=trust',
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
  ])
  const port = await findFreePort()
  run('pg_ctl', [
    'start',
    '-w',
    '-D',
    dataFolder(folder),
    '-l',
    join(folder, 'log'),
    '-o',
    serverOptions(folder, port, isDurable),
  ])
  const stop = stopOnce(run, folder)
  process.once('exit', stop)
  const version = run('postgres', ['--version'])
    .replace(/^.*\) /, '')
    .trim()
  return { url: (database) => `postgres://postgres@127.0.0.1:${port}/${database}`, version, stop }
}

const folderPrefix = 'quanhub-test-'
const dataFolder = (folder: string): string => join(folder, 'data')
// In memory where that is possible: making many small files is the slow part.
const parentFolder = (): string => (existsSync('/dev/shm') ? '/dev/shm' : tmpdir())

function serverOptions(folder: string, port: number, isDurable: boolean): string {
  const settings = {
    listen_addresses: '127.0.0.1',
    max_connections: '100',
    ...(isDurable ? {} : { fsync: 'off', full_page_writes: 'off', shared_buffers: '64MB' }),
  }
  const flags = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)
  return [`-p ${port}`, `-k ${folder}`, ...flags].join(' ')
}

type Run = (program: string, parameters: string[]) => string

/** Runs PostgreSQL's programs, as their own user where we are root, which they refuse to be. */
function runner(programs: string, folder: string): Run {
  const env = { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', HOME: folder }
  return (program, parameters) =>
    execFileSync(join(programs, program), parameters, {
      ...clusterOwner(),
      cwd: folder,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
}

function clusterOwner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  return { uid: idOfPostgres('-u'), gid: idOfPostgres('-g') }
}

const idOfPostgres = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))

function stopOnce(run: Run, folder: string): () => void {
  let isStopped = false
  return () => {
    if (isStopped) return
    isStopped = true
    stopServer(run, folder)
  }
}

function stopServer(run: Run, folder: string): void {
  try {
    if (existsSync(join(dataFolder(folder), 'postmaster.pid')))
      run('pg_ctl', ['stop', '-w', '-m', 'immediate', '-D', dataFolder(folder)])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A test run that was killed could not stop its server: the next one does. */
function removeOrphans(programs: string): void {
  const folders = [...new Set([parentFolder(), tmpdir()])]
  const names = folders.flatMap((parent) => readdirSync(parent).map((name) => ({ parent, name })))
  for (const { parent, name } of names) {
    const maker = Number(/^quanhub-test-(\d+)-/.exec(name)?.[1] ?? Number.NaN)
    if (Number.isNaN(maker) || isRunning(maker)) continue
    const folder = join(parent, name)
    try {
      stopServer(runner(programs, folder), folder)
    } catch {
      // It belongs to somebody else, or is being removed by another run.
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
