import type { Bench } from './bench.ts'
import { compare, warmUpSeconds } from './compare.ts'
import { writeRequests } from './load.ts'
import { makeRedeemRequests, silentAddress } from './requests.ts'
import { issueCodes, seedHotTemplate } from './world.ts'

const codesPerSecond = 8_000

/** Redeems, over Shoubei's wire, codes that were issued beforehand. */
export const redeemBench: Bench = async ({ belongings, stage, options, tell }) => {
  const count = (options.seconds + warmUpSeconds) * codesPerSecond
  tell(`issuing ${count} codes`)
  let codes: string[] = []
  await stage.prepare(async (database) => {
    codes = await issueCodes(await seedHotTemplate(database), count, silentAddress)
  })
  const file = writeRequests(belongings, makeRedeemRequests(codes))
  tell('measuring redeem')
  const success = '"result_code":"SUCCESS"'
  return { comparisons: [await compare(belongings, stage, options, { title: 'redeem', file, success })] }
}
