import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** Cores in use on average: 1 is one core all the time. `disk` is idle as well, but something waited for the disk. */
export type CpuUse = {
  client: number
  hubMain: number
  hubOther: number
  database: number
  idle: number
  disk: number
  cores: number
}

/** Whose time is counted. Of the database: its first process, whose children all the others are. */
export type Watched = { clientPid: number; hubPid: number; databasePid: number }

/** Linux tells users of /proc the time in hundredths of a second, whatever its own clock does. */
const ticksPerSecond = 100

/** Starts to count; the answer says what was used since. undefined where the system has no /proc. */
export function startCpuMeter(watched: Watched): () => CpuUse | undefined {
  const before = readTicks(watched)
  const startedAt = performance.now()
  return () => {
    const after = readTicks(watched)
    if (before === undefined || after === undefined) return undefined
    const ticks = ((performance.now() - startedAt) / 1000) * ticksPerSecond
    const names = Object.keys(after) as (keyof typeof after)[]
    const use = Object.fromEntries(names.map((name) => [name, (after[name] - before[name]) / ticks]))
    return { ...(use as Record<keyof typeof after, number>), cores: availableParallelism() }
  }
}

function readTicks({ clientPid, hubPid, databasePid }: Watched) {
  try {
    const hub = processTicks(`/proc/${hubPid}/stat`)
    const hubMain = processTicks(`/proc/${hubPid}/task/${hubPid}/stat`)
    const [, , , idle = 0, disk = 0] = systemTicks()
    const client = processTicks(`/proc/${clientPid}/stat`)
    return { client, hubMain, hubOther: hub - hubMain, database: familyTicks(databasePid), idle, disk }
  } catch {
    return undefined
  }
}

const systemTicks = (): number[] => {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
  return line.trim().split(/\s+/).slice(1).map(Number)
}

/** The fields of proc(5) behind the name, which may hold anything: field 3, the state, is the first of them. */
function statFields(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

const ticksOf = (fields: string[], ...numbers: number[]): number =>
  numbers.reduce((sum, number) => sum + Number(fields[number - 3]), 0)

const processTicks = (file: string): number => ticksOf(statFields(file), 14, 15)

export const parentOf = (pid: number): number => Number(statFields(`/proc/${pid}/stat`)[1])

// What children have used that ended meanwhile is in their parent's fields 16 and 17.
function familyTicks(pid: number): number {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isChildOf(Number(name), pid))
  const own = ticksOf(statFields(`/proc/${pid}/stat`), 14, 15, 16, 17)
  return own + children.reduce((sum, child) => sum + ticksOrNone(child), 0)
}

function isChildOf(pid: number, parent: number): boolean {
  try {
    return parentOf(pid) === parent
  } catch {
    return false
  }
}

function ticksOrNone(pid: string): number {
  try {
    return processTicks(`/proc/${pid}/stat`)
  } catch {
    return 0
  }
}

/** The memory that a process holds now, in megabytes; undefined where the system has no /proc. */
export function residentMegabytes(pid: number): number | undefined {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
  } catch {
    return undefined
  }
}
