import { expect, it } from 'vitest'
import { createNumberBlocks } from '../../src/core/codes/number-blocks.ts'
import { openScene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { world } from '../support/world.ts'

describeOnEachDatabase('Numbers for own codes', (database) => {
  it('are given once; a batch whose numbers another one took is given others, and hears of no lack', async () => {
    const { hub } = await openScene(database())
    const blocks = createNumberBlocks(hub)
    await blocks.prepare(world.sourceId, 600)
    const take = () => database().transaction((tx) => blocks.take(tx, world.sourceId, 600))
    const given = [...(await take()), ...(await take())]
    expect(given).toHaveLength(1_200)
    expect(new Set(given).size).toBe(1_200)
    expect(given).not.toContain(undefined)
  })

  it('are given anew when a batch puts back what it has not used', async () => {
    const { hub } = await openScene(database())
    const blocks = createNumberBlocks(hub)
    const take = (amount: number) => database().transaction((tx) => blocks.take(tx, world.sourceId, amount))
    await blocks.prepare(world.sourceId, 3)
    const [first, ...unused] = await take(3)
    blocks.putBack(world.sourceId, unused)
    expect(await take(2)).toEqual(unused)
    expect(unused).not.toContain(first)
  })

  it('are taken to the last one, and then there are none', async () => {
    const { hub } = await openScene(database())
    await database().sql`update counters set used = max - 3 where key = ${`numbers:${world.sourceId}`}`
    const blocks = createNumberBlocks(hub)
    await blocks.prepare(world.sourceId, 3)
    const take = (amount: number) => database().transaction((tx) => blocks.take(tx, world.sourceId, amount))
    expect(new Set(await take(3)).size).toBe(3)
    expect(await take(1)).toEqual([])
  })
})
