import { expect, it } from 'vitest'
import { createNumberBlocks } from '../../src/core/codes/number-blocks.ts'
import { isTransient } from '../../src/db/client/client.ts'
import { openScene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { world } from '../support/world.ts'

const times = <T>(n: number, make: () => T): T[] => Array.from({ length: n }, make)

describeOnEachDatabase('Numbers for own codes', (database) => {
  it('are given once; a batch whose numbers another one took is to be run again, and hears of no lack', async () => {
    const { hub } = await openScene(database())
    const blocks = createNumberBlocks(hub)
    await blocks.prepare(world.sourceId, 600)
    const reserve = () => database().transaction((tx) => blocks.reserve(tx, world.sourceId, 600))
    const [one, other] = [await reserve(), await reserve()]
    const given = [...times(600, one), ...times(400, other)]
    expect(new Set(given).size).toBe(1_000)
    expect(given).not.toContain(undefined)
    let error: unknown
    try {
      other()
    } catch (thrown) {
      error = thrown
    }
    expect(isTransient(error)).toBe(true)
  })

  it('are taken to the last one, and then there are none', async () => {
    const { hub } = await openScene(database())
    await database().sql`update counters set used = max - 3 where key = ${`numbers:${world.sourceId}`}`
    const blocks = createNumberBlocks(hub)
    await blocks.prepare(world.sourceId, 3)
    const next = await database().transaction((tx) => blocks.reserve(tx, world.sourceId, 3))
    const none = await database().transaction((tx) => blocks.reserve(tx, world.sourceId, 1))
    expect(new Set(times(3, next)).size).toBe(3)
    expect(none()).toBeUndefined()
  })
})
