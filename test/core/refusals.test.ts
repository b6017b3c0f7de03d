import { expect, it } from 'vitest'
import { countOf, openScene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { world } from '../support/world.ts'

describeOnEachDatabase('Refusals', (database) => {
  it('are kept after a flush that found nothing to write, and after any number of them', async () => {
    const { core, redeem } = await openScene(database())
    for (const n of [1, 2, 3]) {
      await core.refusals.flush()
      await Promise.all([core.refusals.flush(), core.refusals.flush()])
      expect(await redeem('1234567890123456')).toBe('coupon_not_found')
      await core.refusals.flush()
      expect(await countOf(database(), 'decisions')).toBe(n)
    }
  })

  it('that come while others are written are kept by the flush that waits for both', async () => {
    const { core, redeem } = await openScene(database(), { config: { batchCommands: 1 } })
    const asked = [1, 2, 3, 4, 5].map(async (n) => {
      await redeem(`123456789012345${n}`, { shopNo: world.shopNo })
      await core.refusals.flush()
    })
    await Promise.all(asked)
    expect(await countOf(database(), 'decisions')).toBe(5)
  })
})
