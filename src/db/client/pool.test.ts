import { expect, it } from 'vitest'
import type { Connection } from './connection.ts'
import { createPool } from './pool.ts'

type Fake = Connection & { number: number; lose: () => void; ended: boolean }

/** Connections that only remember what became of them: here it is all about who gets which. */
function fakeConnections(): { open: () => Fake; opened: Fake[] } {
  const opened: Fake[] = []
  const open = (): Fake => {
    let isLost = false
    const lose = (): void => void (isLost = true)
    const fake: Fake = {
      number: opened.length,
      ended: false,
      lose,
      isLost: () => isLost,
      forgetOldPlans: () => {},
      abandon: lose,
      execute: () => undefined,
      command: async () => '',
      takeFailure: () => undefined,
      end: async () => void (fake.ended = true),
    }
    opened.push(fake)
    return fake
  }
  return { open, opened }
}

it('opens connections only as they are needed, and uses the last one again', async () => {
  const { open, opened } = fakeConnections()
  const pool = createPool(3, open)
  for (let i = 0; i < 5; i++) pool.release(await pool.take())
  expect(opened.length).toBe(1)
  const both = [await pool.take(), await pool.take()]
  expect(both).toEqual([opened[0], opened[1]])
})

it('never lends more than its size, and serves those who wait in their order', async () => {
  const { open, opened } = fakeConnections()
  const pool = createPool(2, open)
  const order: string[] = []
  const taken = [await pool.take(), await pool.take()]
  const waiting = ['a', 'b', 'c'].map(async (name) => {
    const connection = await pool.take()
    order.push(name)
    pool.release(connection)
  })
  pool.release(taken[0]!)
  pool.release(taken[1]!)
  await Promise.all(waiting)
  expect(order).toEqual(['a', 'b', 'c'])
  expect(opened.length).toBe(2)
})

it('replaces a lost connection, for those who wait as well as later', async () => {
  const { open, opened } = fakeConnections()
  const pool = createPool(1, open)
  const first = await pool.take()
  const second = pool.take()
  opened[0]!.lose()
  pool.release(first)
  expect(await second).toBe(opened[1])
  pool.release(await second)
  opened[1]!.lose()
  expect(await pool.take()).toBe(opened[2])
})

it('lets what is running finish before it closes, and refuses what comes later', async () => {
  const { open, opened } = fakeConnections()
  const pool = createPool(1, open)
  const taken = await pool.take()
  const waiting = pool.take()
  const closed = pool.close(60_000)
  await expect(waiting).rejects.toThrow('closed')
  pool.release(taken)
  await closed
  expect(opened[0]!.ended).toBe(true)
  await expect(pool.take()).rejects.toThrow('closed')
})

it('gives up what does not finish in time', async () => {
  const { open, opened } = fakeConnections()
  const pool = createPool(1, open)
  await pool.take()
  await pool.close(1)
  expect(opened[0]!.isLost()).toBe(true)
})
