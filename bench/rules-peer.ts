import { Engine, type TopLevelCondition } from 'json-rules-engine'
import { bins, maxima, type Request } from './rules-world.ts'

/** The first of the ten rules that is not met, or null; and the discount in fen where all are. */
export type Said = { rejectedBy: string | null; faceFen: number | null }

type Condition = { fact: string; operator: string; value: unknown }

const is = (fact: string, operator: string, value: unknown): Condition => ({ fact, operator, value })
const atMost = (fact: string, value: number): Condition => is(fact, 'lessThanInclusive', value)
const within = (days: number[], from: number, to: number): TopLevelCondition => ({
  all: [is('weekDay', 'in', days), is('second', 'greaterThanInclusive', from), is('second', 'lessThanInclusive', to)],
})
const [weekDays, daysAfter, everyDay] = [
  [1, 2, 3, 4, 5],
  [2, 3, 4, 5, 6],
  [0, 1, 2, 3, 4, 5, 6],
]
const hour = 3600

/** The ten rules of `makeRules`, as this engine writes them: one rule each, so that it can say which is not met. */
const conditions: TopLevelCondition[] = [
  { all: [atMost('cardAfter', maxima.card)] },
  { all: [is('bin', 'in', bins), atMost('binAfter', maxima.bin)] },
  {
    all: [
      is('activityId', 'equal', 'A1'),
      atMost('activityDayAfter', maxima.activityDay),
      atMost('activityTotalAfter', maxima.activityTotal),
    ],
  },
  {
    any: [
      within(weekDays, 9 * hour, 12 * hour),
      within(weekDays, 22 * hour, 24 * hour),
      within(daysAfter, 0, 2 * hour),
    ],
  },
  { any: [within(everyDay, 8 * hour, 20 * hour)] },
  { any: [within([0, 1], 0, 24 * hour)] },
  { all: [is('cityId', 'notEqual', '999999')] },
  { all: [is('tid', 'notIn', ['T9', 'T8'])] },
  { all: [is('scene', 'equal', 'verify')] },
  {
    all: [
      is('drinks', 'greaterThanInclusive', 2),
      is('cakes', 'greaterThanInclusive', 1),
      is('cartFen', 'greaterThanInclusive', 3000),
    ],
  },
]

/** Decides by json-rules-engine. It does not reckon: sums, counters and the discount are its caller's, and timed too. */
export function createPeer(): (request: Request) => Promise<Said> {
  const engine = new Engine(
    conditions.map((condition, index) => ({
      name: String(index + 1),
      conditions: condition,
      event: { type: 'met' },
    })),
  )
  return async (request) => {
    const facts = flatten(request)
    const { failureResults } = await engine.run(facts)
    if (failureResults.length === 0) return { rejectedBy: null, faceFen: facts.faceFen }
    const first = Math.min(...failureResults.map(({ name }) => Number(name)))
    return { rejectedBy: String(first), faceFen: null }
  }
}

/** What is reckoned for engines that do not reckon themselves: sums, counters after, the discount. */
export function flatten({ facts, now, used }: Request) {
  const { goods = [], card, scene, activityId, cityId, tid } = facts
  let [drinks, cakes, cartFen, matchedFen] = [0, 0, 0, 0]
  for (const { type, qty, priceFen } of goods) {
    const isDrink = type === 'coffee' || type === 'tea'
    if (isDrink) drinks += qty
    if (type === 'cake') cakes += qty
    if (isDrink || type === 'cake') matchedFen += qty * priceFen
    cartFen += qty * priceFen
  }
  const isOffered = drinks >= 2 && cakes >= 1 && cartFen >= 3000
  const faceFen = isOffered ? matchedFen - Math.round((matchedFen * 8) / 10) : 0
  const local = now.getTime() + 8 * hour * 1000
  return {
    scene,
    activityId,
    cityId,
    tid,
    bin: card?.prefix.slice(0, 6),
    drinks,
    cakes,
    cartFen,
    faceFen,
    cardAfter: used.card + 1,
    binAfter: used.bin + 1,
    activityDayAfter: used.activityDay + faceFen,
    activityTotalAfter: used.activityTotal + faceFen,
    weekDay: new Date(local).getUTCDay(),
    second: Math.floor(local / 1000) % (24 * hour),
  }
}
