import { decideRules, type Rule } from '../src/core/rules/index.ts'
import { createPeer, type Said } from './rules-peer.ts'
import { createZenPeer } from './rules-zen.ts'
import { makeRandomRequests, makeRequests, makeRules, type Request } from './rules-world.ts'

/** Decisions a second of one core, in memory: ten rules, three of them limits, and carts of 20 lines. */
export type RulesResult = {
  carts: number
  /** Random requests on which all engines said the same before anything was measured, and how many were rejected. */
  agreed: number
  rejected: number
  withoutTrace: Rate
  withTrace: Rate
  jsonRulesEngine: Rate
  zenEngine: Rate
}

/** Decisions a second: the median of all slices of the time, and what a tenth of them were slower and faster than. */
export type Rate = { median: number; slow: number; fast: number }

type AskPeer = (request: Request) => Promise<Said>

const carts = 1_000
const sliceMilliseconds = 50
const seed = 20_261_123

/** Shows that all engines decide alike, then measures each for so many seconds, one after another. */
export async function measureRules(seconds: number): Promise<RulesResult> {
  const rules = makeRules()
  const [jsonRulesEngine, zenEngine] = [createPeer(), createZenPeer()]
  const rejected = await compare(rules, { 'json-rules-engine': jsonRulesEngine, 'zen-engine': zenEngine })
  const requests = makeRequests(rules, carts)
  const decideAll = (isTracing: boolean) => () => {
    for (const request of requests) mustPass(decide(rules, request, isTracing))
  }
  const askAll = (ask: AskPeer) => async (): Promise<void> => {
    for (const request of requests) mustPass(await ask(request))
  }
  return {
    carts,
    agreed: carts,
    rejected,
    withoutTrace: await perSecond(decideAll(false), seconds),
    withTrace: await perSecond(decideAll(true), seconds),
    jsonRulesEngine: await perSecond(askAll(jsonRulesEngine), seconds),
    zenEngine: await perSecond(askAll(zenEngine), seconds),
  }
}

function decide(rules: Rule[], { facts, counters, now }: Request, isTracing = false): Said {
  const decided = decideRules(rules, facts, counters, now, { isTracing })
  return decided.verdict === 'rejected'
    ? { rejectedBy: decided.rule.id, faceFen: null }
    : { rejectedBy: null, faceFen: decided.discount?.faceFen ?? 0 }
}

function mustPass({ rejectedBy }: Said): void {
  if (rejectedBy !== null) throw new Error(`Rule ${rejectedBy} rejects a cart that is measured.`)
}

/** How many of the random requests are rejected. @throws an Error where the engines differ. */
async function compare(rules: Rule[], peers: Record<string, AskPeer>): Promise<number> {
  let rejected = 0
  for (const [index, request] of makeRandomRequests(rules, carts, seed).entries()) {
    const ours = decide(rules, request)
    for (const [name, ask] of Object.entries(peers)) {
      const theirs = await ask(request)
      if (ours.rejectedBy === theirs.rejectedBy && ours.faceFen === theirs.faceFen) continue
      throw new Error(`Request ${index}: ours ${JSON.stringify(ours)}, ${name} ${JSON.stringify(theirs)}`)
    }
    if (ours.rejectedBy !== null) rejected += 1
  }
  return rejected
}

/**
 * After a second of warm-up, slice by slice: what else runs on a machine slows some of them down, and the median is what
 * the code does. Each round of `work` decides all carts once.
 */
async function perSecond(work: () => Promise<void> | void, seconds: number): Promise<Rate> {
  await measureSlice(work, 1000)
  const rates: number[] = []
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) rates.push(await measureSlice(work, sliceMilliseconds))
  rates.sort((a, b) => a - b)
  const at = (part: number): number => rates[Math.floor((rates.length - 1) * part)]!
  return { median: at(0.5), slow: at(0.1), fast: at(0.9) }
}

async function measureSlice(work: () => Promise<void> | void, milliseconds: number): Promise<number> {
  const begun = performance.now()
  let rounds = 0
  let passed = 0
  do {
    await work()
    rounds += 1
    passed = performance.now() - begun
  } while (passed < milliseconds)
  return (rounds * carts * 1000) / passed
}

const whole = (value: number): string => Math.round(value).toLocaleString('en')

const shown = ({ median, slow, fast }: Rate): string =>
  `${whole(median).padStart(9)}/s  (${whole(slow)} to ${whole(fast)})`

const ratioOf = ({ jsonRulesEngine, zenEngine }: RulesResult, ours: Rate): string =>
  (ours.median / Math.max(jsonRulesEngine.median, zenEngine.median)).toFixed(1)

/** The result as lines for people. */
export const describeRules = (result: RulesResult): string[] => [
  '',
  'decisions by ten rules (three limits, three times, two black lists, a scene, goods), in memory, on one core',
  `  all three agreed on ${result.agreed} random requests, ${result.rejected} of them rejected`,
  `  ${result.carts} different carts of 20 lines, all rules pass; the median, and the slow and the fast tenth:`,
  `  ours, without trace  ${shown(result.withoutTrace)}`,
  `  ours, with trace     ${shown(result.withTrace)}`,
  `  json-rules-engine    ${shown(result.jsonRulesEngine)}, its sums and discount reckoned for it by hand`,
  `  zen-engine           ${shown(result.zenEngine)}, likewise`,
  `  ratio to the faster  ${ratioOf(result, result.withoutTrace)}, with trace ${ratioOf(result, result.withTrace)}`,
]
