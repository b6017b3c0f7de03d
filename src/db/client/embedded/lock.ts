import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** Who holds a lock. A process is known by its number, its start (numbers are reused) and the machine it runs on. */
export type Holder = {
  pid: number
  /** Ticks since the machine started, where the system tells (Linux). */
  startedAt: string
  hostname: string
  /** Stays when the machine restarts. Empty where there is none. */
  machineId: string
  bootId: string
  /** Processes of different containers have different numbers for the same process. */
  processNamespace: string
  nonce: string
}

/** What a process that wants the lock makes of the one that holds it. */
type Standing = 'runs' | 'is gone' | 'cannot be seen'

const attempts = 50

/**
 * Takes `file` as a lock for this process until the function it answers is called, or the process ends. The lock of
 * a process that is gone is taken over, whichever way it ended; of many that try at once one wins.
 * @throws where a living process holds it, or one that cannot be seen from here (another machine or container).
 */
export async function takeLock(file: string): Promise<() => void> {
  const self = currentHolder()
  const own = `${file}.${self.nonce}`
  writeFileSync(own, JSON.stringify(self), { mode: 0o600, flag: 'wx' })
  try {
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (tryToLink(own, file) && (await isStillHeld(file, self))) return () => releaseLock(file, self)
      if (!clearTheWay(file, own, self)) await sleep(5)
    }
    throw new Error(`${file} could not be taken: other processes keep taking it`)
  } finally {
    rmSync(own, { force: true })
  }
}

/** Judges the holder of a lock. `startOf` answers the start of a running process, undefined where it does not run. */
export function judgeHolder(holder: Holder, self: Holder, startOf: (pid: number) => string | undefined): Standing {
  const isSameHost = holder.hostname === self.hostname && holder.machineId === self.machineId
  if (!isSameHost) return 'cannot be seen'
  if (holder.bootId !== self.bootId) return self.machineId === '' ? 'cannot be seen' : 'is gone'
  if (holder.processNamespace !== self.processNamespace) return 'cannot be seen'
  return startOf(holder.pid) === holder.startedAt ? 'runs' : 'is gone'
}

/** This process as the holder of a lock. */
export function currentHolder(): Holder {
  return {
    pid: process.pid,
    startedAt: readOr('', () => startTicks(process.pid)),
    hostname: hostname(),
    machineId: readOr('', () => readFileSync('/etc/machine-id', 'utf8').trim()),
    bootId: readOr('', () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    processNamespace: readOr('', () => readlinkSync('/proc/self/ns/pid')),
    nonce: randomUUID(),
  }
}

// Linking is atomic, and nobody ever sees a lock that is only half written.
function tryToLink(own: string, file: string): boolean {
  try {
    linkSync(own, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

// One that moved us aside, taking us for the dead holder before us, has put us back by then.
async function isStillHeld(file: string, self: Holder): Promise<boolean> {
  await sleep(20)
  return readHolder(file)?.nonce === self.nonce
}

/** Removes the lock of a process that is gone. False: nothing could be done yet. */
function clearTheWay(file: string, own: string, self: Holder): boolean {
  const holder = readHolder(file)
  if (holder === undefined || holder.nonce === self.nonce) return false
  const standing = judgeHolder(holder, self, startOf)
  if (standing !== 'is gone') throw new Error(refusal(file, holder, standing))
  const aside = `${own}.stale`
  try {
    renameSync(file, aside)
  } catch {
    return false // Another one was faster.
  }
  // It may have been replaced between reading and renaming: then a living process is put back.
  if (readHolder(aside)?.nonce !== holder.nonce) readOr(false, () => tryToLink(aside, file))
  rmSync(aside, { force: true })
  return true
}

function refusal(file: string, holder: Holder, standing: Standing): string {
  if (standing === 'runs')
    return `the data folder is in use by process ${holder.pid} (${file}): stop it first, or use another folder (QUANHUB_DATA_DIR)`
  return (
    `the data folder was locked by process ${holder.pid} on another machine or in another container ` +
    `("${holder.hostname}"), which cannot be seen from here: when you are sure that it has ended, delete ${file}`
  )
}

function releaseLock(file: string, self: Holder): void {
  if (readHolder(file)?.nonce === self.nonce) rmSync(file, { force: true })
}

const readHolder = (file: string): Holder | undefined =>
  readOr(undefined, () => JSON.parse(readFileSync(file, 'utf8')) as Holder)

function startOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, as another user.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined
  }
  return readOr('', () => startTicks(pid))
}

// The process's name, in brackets, may contain anything: count from behind it.
const startTicks = (pid: number): string =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')[19] ?? ''

function readOr<T>(otherwise: T, read: () => T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}
