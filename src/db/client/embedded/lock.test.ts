import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startChild } from '../../../../test/support/child.ts'
import type { Child } from '../../../../test/support/child.ts'
import { currentHolder, judgeHolder, takeLock } from './lock.ts'
import type { Holder } from './lock.ts'

const holdLock = `
  import { takeLock } from './src/db/client/embedded/lock.ts'
  const outcome = await takeLock(process.argv[1]).then(() => 'won', (error) => error.message)
  console.log(outcome)
  setInterval(() => undefined, 1000)`

let folder: string
let file: string
let children: Child[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quanhub-lock-'))
  file = join(folder, 'hub.lock')
  children = []
})
afterEach(async () => {
  await Promise.all(children.map((child) => child.kill('SIGKILL')))
  rmSync(folder, { recursive: true, force: true })
})

function startHolder(): Child {
  const child = startChild(holdLock, [file])
  children.push(child)
  return child
}

describe('the lock of a data folder', () => {
  it('is refused while a living process holds it, naming the process', async () => {
    const holder = startHolder()
    expect(await holder.nextLine()).toBe('won')
    await expect(takeLock(file)).rejects.toThrow(`in use by process ${holder.pid}`)
    expect(existsSync(file)).toBe(true)
  })

  it('is refused to the process that holds it already', async () => {
    const release = await takeLock(file)
    await expect(takeLock(file)).rejects.toThrow(`in use by process ${process.pid}`)
    release()
    ;(await takeLock(file))()
  })

  it('is taken over from a process that was killed', async () => {
    const holder = startHolder()
    await holder.nextLine()
    await holder.kill('SIGKILL')
    expect(existsSync(file)).toBe(true)
    const release = await takeLock(file)
    expect((JSON.parse(readFileSync(file, 'utf8')) as Holder).pid).toBe(process.pid)
    release()
    expect(readdirSync(folder)).toEqual([])
  })

  it('is taken over at once from a process that was killed this instant, or that nobody has waited for', async () => {
    for (let round = 0; round < 5; round++) {
      const holder = startHolder()
      expect(await holder.nextLine()).toBe('won')
      process.kill(holder.pid, 'SIGKILL')
      ;(await takeLock(file))()
    }
    // A parent that does not wait for its child leaves a zombie behind.
    const parent = spawn('sh', [
      '-c',
      `"$0" --input-type=module -e "$1" "$2" & exec sleep 600`,
      process.execPath,
      holdLock,
      file,
    ])
    await once(parent.stdout, 'data')
    const { pid } = JSON.parse(readFileSync(file, 'utf8')) as Holder
    process.kill(pid, 'SIGKILL')
    ;(await takeLock(file))()
    parent.kill('SIGKILL')
  })

  it('is taken over when the number of its dead holder was given to another process', async () => {
    const sameNumber = { ...currentHolder(), startedAt: '1' }
    writeFileSync(file, JSON.stringify(sameNumber))
    ;(await takeLock(file))()
    expect(existsSync(file)).toBe(false)
  })

  it('is not taken from a holder elsewhere: the words name the file to delete', async () => {
    writeFileSync(file, JSON.stringify({ ...currentHolder(), hostname: 'another-one', pid: 7 }))
    await expect(takeLock(file)).rejects.toThrow(/process 7 on another machine .*"another-one".* delete .*hub\.lock/)
    expect(readdirSync(folder)).toEqual(['hub.lock'])
  })

  it('goes to exactly one of twelve processes that find it stale at the same time', async () => {
    writeFileSync(file, JSON.stringify({ ...currentHolder(), startedAt: '1' }))
    const outcomes = await Promise.all(Array.from({ length: 12 }, startHolder).map((child) => child.nextLine()))
    const winners = children.filter((_, i) => outcomes[i] === 'won')
    expect(winners.length).toBe(1)
    const others = outcomes.filter((outcome) => outcome !== 'won')
    expect(others.filter((outcome) => !outcome?.includes(`in use by process ${winners[0]!.pid}`))).toEqual([])
    expect(readdirSync(folder)).toEqual(['hub.lock'])
  })
})

const runsSince = (startedAt: string) => () => ({ startedAt, isEnding: false })
const runsNot = () => undefined

describe('whether the holder of a lock still runs', () => {
  const self: Holder = { ...currentHolder(), machineId: 'm', bootId: 'b', processNamespace: 'n', pid: 1 }
  const holder: Holder = { ...self, pid: 42, startedAt: '100' }
  it('is known by its number and its start', () => {
    expect(judgeHolder(holder, self, runsSince('100'))).toBe('runs')
    expect(judgeHolder(holder, self, runsSince('101'))).toBe('is gone')
    expect(judgeHolder(holder, self, runsNot)).toBe('is gone')
    expect(judgeHolder(holder, self, () => ({ startedAt: '100', isEnding: true }))).toBe('is ending')
  })

  it('cannot be seen from another machine or container', () => {
    for (const other of [{ hostname: 'x' }, { machineId: 'x' }, { processNamespace: 'x' }])
      expect(judgeHolder({ ...holder, ...other }, self, runsNot)).toBe('cannot be seen')
  })

  it('is no question after the machine was restarted, if it is known to be the same machine', () => {
    expect(judgeHolder({ ...holder, bootId: 'x' }, self, runsSince('100'))).toBe('is gone')
    const unknown = { machineId: '', bootId: 'x' }
    expect(judgeHolder({ ...holder, ...unknown }, { ...self, machineId: '' }, runsSince('100'))).toBe('cannot be seen')
  })
})
