import type { Bench } from './bench.ts'
import { compare, warmUpSeconds } from './compare.ts'
import { writeRequests } from './load.ts'
import { makeIssueRequests } from './requests.ts'
import { seedHotTemplate, setAnswersSigned } from './world.ts'

/** More than any machine of two cores takes: a client that runs out of requests ends early. */
const requestsPerSecond = 9_000

/** Issues a hot template over Lakala's wire, with answers unsigned and signed. */
export const issueBench: Bench = async ({ belongings, stage, options, tell }) => {
  await stage.prepare(async (database) => void (await seedHotTemplate(database)))
  const count = (options.seconds + warmUpSeconds) * requestsPerSecond
  tell(`signing ${count} requests`)
  const file = writeRequests(belongings, await makeIssueRequests(count))
  const comparisons = []
  for (const isSigned of [false, true]) {
    const title = `issue, answers ${isSigned ? 'signed' : 'unsigned'}`
    tell(`measuring ${title}`)
    const change = setAnswersSigned(isSigned)
    comparisons.push(await compare(belongings, stage, options, { title, file, success: '"code":"000000"', change }))
  }
  return { comparisons }
}
