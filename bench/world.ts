import type { Core } from '../src/core/core.ts'
import type { Database } from '../src/db/client/client.ts'
import { raiseSetupVersion } from '../src/db/set-up.ts'
import { issueCommand, openTestHub, redeemCommand, world } from '../test/support/world.ts'

/** The master key of the world that the tests set up. */
export const masterKeyText = '11'.repeat(32)

/** Sets up the world of the tests, its normal template being a hot one: with a stock and a limit per member. */
export async function seedHotTemplate(database: Database): Promise<Core> {
  const { core } = await openTestHub(database)
  await database.transaction(async (tx) => {
    await raiseSetupVersion(tx)
    await tx`update templates set max_per_member = 5 where id = ${world.templates.normal}`
    await tx`update counters set max = 100000000 where key = ${`stock:template:${world.templates.normal}`}`
  })
  await core.setup.refresh()
  return core
}

/** Says of the bank's app whether its answers are signed. */
export const setAnswersSigned =
  (isAnswerSigned: boolean) =>
  async ({ transaction }: Database): Promise<void> => {
    await transaction(async (tx) => {
      await raiseSetupVersion(tx)
      await tx`update apps set settings = jsonb_build_object('isAnswerSigned', ${isAnswerSigned}::boolean)
        where face = 'lakala'`
    })
  }

// Far below what a verb lets wait.
const atOnce = 4_000

async function inPortions<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let first = 0; first < count; first += atOnce) {
    const size = Math.min(atOnce, count - first)
    results.push(...(await Promise.all(Array.from({ length: size }, (_, i) => work(first + i)))))
  }
  return results
}

/** Issues coupons, each by an order of its own to a member of its own; their codes. */
export async function issueCodes(core: Core, count: number, redeemUrl: string): Promise<string[]> {
  return inPortions(count, async (index) => {
    const memberId = `${world.memberPrefix}${String(index).padStart(10, '0')}`
    const { coupons } = await core.issue(issueCommand(core.hub.now(), { memberId, redeemUrl }))
    return coupons[0]!.code
  })
}

/** Redeems all of them, so that for each a write-off is to be told. */
export async function redeemCodes(core: Core, codes: string[]): Promise<void> {
  await inPortions(codes.length, (index) => core.redeem(redeemCommand(codes[index]!, core.hub.now())))
}
