import { ZenEngine } from '@gorules/zen-engine'
import { flatten, type Said } from './rules-peer.ts'
import { bins, maxima, type Request } from './rules-world.ts'

const hour = 3600
const list = (values: readonly (string | number)[]): string => JSON.stringify(values)
const within = (days: number[], from: number, to: number): string =>
  `(weekDay in ${list(days)} and second >= ${from} and second <= ${to})`
const [weekDays, daysAfter, everyDay] = [
  [1, 2, 3, 4, 5],
  [2, 3, 4, 5, 6],
  [0, 1, 2, 3, 4, 5, 6],
]

/** The ten rules of `makeRules`, in the language of this engine. */
const conditions = [
  `cardAfter <= ${maxima.card}`,
  `bin in ${list(bins)} and binAfter <= ${maxima.bin}`,
  `activityId == "A1" and activityDayAfter <= ${maxima.activityDay} and activityTotalAfter <= ${maxima.activityTotal}`,
  [within(weekDays, 9 * hour, 12 * hour), within(weekDays, 22 * hour, 24 * hour), within(daysAfter, 0, 2 * hour)].join(
    ' or ',
  ),
  within(everyDay, 8 * hour, 20 * hour),
  within([0, 1], 0, 24 * hour),
  'cityId != "999999"',
  'tid not in ["T9", "T8"]',
  'scene == "verify"',
  'drinks >= 2 and cakes >= 1 and cartFen >= 3000',
]

const graph = {
  nodes: [
    { id: 'in', type: 'inputNode', name: 'in' },
    {
      id: 'rules',
      type: 'expressionNode',
      name: 'rules',
      content: { expressions: conditions.map((value, index) => ({ id: String(index), key: `met${index}`, value })) },
    },
    { id: 'out', type: 'outputNode', name: 'out' },
  ],
  edges: [
    { id: 'asked', type: 'edge', sourceId: 'in', targetId: 'rules' },
    { id: 'said', type: 'edge', sourceId: 'rules', targetId: 'out' },
  ],
}

/** Decides by zen-engine, which is written in Rust. It does not reckon either: that is its caller's, and timed too. */
export function createZenPeer(): (request: Request) => Promise<Said> {
  const decision = new ZenEngine().createDecision(graph)
  return async (request) => {
    const facts = flatten(request)
    const { result } = (await decision.evaluate(facts)) as { result: Record<string, boolean> }
    const first = conditions.findIndex((_, index) => result[`met${index}`] !== true)
    return first < 0 ? { rejectedBy: null, faceFen: facts.faceFen } : { rejectedBy: String(first + 1), faceFen: null }
  }
}
