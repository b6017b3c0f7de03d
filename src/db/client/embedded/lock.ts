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
type Standing = 'runs' | 'is ending' | 'is gone' | 'cannot be seen'

/** A process that the system knows. One that was killed is there until its memory and its files are torn down. */
type Seen = { startedAt: string; isEnding: boolean }

const attempts = 50
const patienceMilliseconds = 5_000

/**
 * Takes `file` as a lock for this process until the function it answers is called, or the process ends. The lock of
 * a process that is gone is taken over, whichever way it ended, and one that is ending is waited for, some seconds at most:
 * it does nothing more. Of many that try at once one wins.
 * @throws where a living process holds it, or one that cannot be seen from here (another machine or container).
 */
export async function takeLock(file: string): Promise<() => void> {
  const self = currentHolder()
  const own = `${file}.${self.nonce}`
  const waitsUntil = performance.now() + patienceMilliseconds
  writeFileSync(own, JSON.stringify(self), { mode: 0o600, flag: 'wx' })
  try {
    for (let attempt = 0; attempt < attempts; attempt++) {
      while (standingOf(file, self) === 'is ending' && performance.now() < waitsUntil) await sleep(20)
      if (tryToLink(own, file) && (await isStillHeld(file, self))) return () => releaseLock(file, self)
      if (!clearTheWay(file, own, self)) await sleep(5)
    }
    throw new Error(`${file} could not be taken: other processes keep taking it`)
  } finally {
    rmSync(own, { force: true })
  }
}

/** Judges the holder of a lock. `look` answers what is known of a process, undefined where there is none. */
export function judgeHolder(holder: Holder, self: Holder, look: (pid: number) => Seen | undefined): Standing {
  const isSameHost = holder.hostname === self.hostname && holder.machineId === self.machineId
  if (!isSameHost) return 'cannot be seen'
  if (holder.bootId !== self.bootId) return self.machineId === '' ? 'cannot be seen' : 'is gone'
  if (holder.processNamespace !== self.processNamespace) return 'cannot be seen'
  const seen = look(holder.pid)
  if (seen?.startedAt !== holder.startedAt) return 'is gone'
  return seen.isEnding ? 'is ending' : 'runs'
}

/** This process as the holder of a lock. */
export function currentHolder(): Holder {
  return {
    pid: process.pid,
    startedAt: readOr('', () => statOf(process.pid).startedAt),
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
  const standing = judgeHolder(holder, self, look)
  if (standing === 'runs' || standing === 'cannot be seen') throw new Error(refusal(file, holder, standing))
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

function standingOf(file: string, self: Holder): Standing {
  const holder = readHolder(file)
  return holder === undefined ? 'is gone' : judgeHolder(holder, self, look)
}

function refusal(file: string, holder: Holder, standing: 'runs' | 'cannot be seen'): string {
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

function look(pid: number): Seen | undefined {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, as another user.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined
  }
  return readOr({ startedAt: '', isEnding: false }, () => {
    const { startedAt, state, flags } = statOf(pid)
    return { startedAt, isEnding: /[ZX]/.test(state) || (flags & exiting) !== 0 || isKilled(pid) }
  })
}

const exiting = 0x4

/** What Linux says of a process. Its name, in brackets, may contain anything: count from behind it. */
function statOf(pid: number): { startedAt: string; state: string; flags: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return { state: fields[0] ?? '', flags: Number(fields[6]), startedAt: fields[19] ?? '' }
}

/** Whether SIGKILL (the ninth bit) is on its way to it. */
const isKilled = (pid: number): boolean =>
  /^(?:SigPnd|ShdPnd):.*[13579bdf]..$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))

function readOr<T>(otherwise: T, read: () => T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}
