import { z } from 'zod'
import type { CardEnds, Limit, LimitItem, LimitSubject, Maximum } from '../deciding/bodies.ts'
import type { HashCardNo } from '../facts.ts'
import { formatShanghaiCompact } from '../../../time/shanghai.ts'
import { endTime, flag, id, text, time, whole } from '../reading/fields.ts'
import { calendarPeriodKinds, periodNumberOf, type PeriodKind } from '../../../time/periods.ts'
import type { Example, Preparation, Refusal, RuleType } from '../deciding/rule.ts'
import { weekTimeSchema } from '../deciding/week-time.ts'

/** Reads a listed key into the form that counters carry, or says what is wrong with it. */
export type ReadKey = (
  written: string,
  ends: CardEnds,
  hashCardNo: HashCardNo | undefined,
) => { key: string } | { problem: string }

const max = (title: string, period: string) =>
  whole({ title, description: `At most so much ${period}: coupons (Q) or fen (A). 0 is no limit.` })

const itemSchema = z
  .object({
    limitKey: id({ title: '限量关键字', description: 'The key, or * for every key that is not listed.' }, 128),
    limitMaxDay: max('日限量', 'a day'),
    limitMaxWeek: max('周限量', 'a week, from Monday'),
    limitMaxMonth: max('月限量', 'a month'),
    limitMaxYear: max('年限量', 'a year'),
    limitMaxTotal: max('总限量', 'in all'),
    startTime: time({ title: '开始时间', description: 'Before it the item counts as not written.' }),
    endTime: endTime({ title: '结束时间', description: 'The last second; after it the item counts as not written.' }),
    weekTime: weekTimeSchema.optional().meta({
      title: '指定日限制',
      description: 'When the key may be used; also written WeekTime.',
    }),
  })
  .refine((item) => item.startTime < item.endTime, { path: ['endTime'], error: 'lies before startTime' })

const limitSchema = z.object({
  limitWay: z.enum(['Q', 'A'], { error: 'must be Q (coupons) or A (amount)' }).meta({
    title: '限量方式',
    description: 'Q counts coupons, A fen: the face value when made, the discount when redeemed.',
  }),
  limitType: z.enum(['W', 'B'], { error: 'must be W (white list) or B (black list)' }).meta({
    title: '限量类型',
    description: 'W: only the listed keys, each up to its maxima. B: the listed keys are refused.',
  }),
  retained: flag({
    title: '是否支持滚存',
    description: 'Y: what a day, week, month or year left over may be used later.',
  }).optional(),
  binPrefixNum: whole(
    { title: 'bin码的前缀位数', description: 'How many first digits make the bin (6).' },
    10,
  ).optional(),
  binSuffixNum: whole(
    { title: 'bin码的后缀位数', description: 'How many last digits belong to it (0).' },
    4,
  ).optional(),
  description: text({ title: '规则描述', description: 'For people.' }, 1000).optional(),
  limitItems: z
    .array(itemSchema, { error: 'must be a list of items' })
    .min(1, 'is empty')
    .max(10_000, 'has more than 10000 items')
    .meta({ title: '限量明细', description: 'The keys and what each may use.' }),
})

type LimitValue = z.output<typeof limitSchema>

type Thin = Pick<RuleType, 'key' | 'aliases' | 'label' | 'description'> & {
  subject: LimitSubject
  readKey: ReadKey
  examples: Example[]
}

/** A type of limit: the shared fields and arithmetic over one fact. */
export function createLimitType({ subject, readKey, ...rest }: Thin): RuleType {
  return {
    ...rest,
    needs: [subject.fact],
    schema: limitSchema,
    prepare: (value, preparation) => prepareLimit(value as LimitValue, subject, readKey, preparation),
  }
}

/** A key of this kind is any text. */
export const readPlainKey: ReadKey = (written) => ({ key: written })

function prepareLimit(value: LimitValue, subject: LimitSubject, readKey: ReadKey, { id, hashCardNo }: Preparation) {
  const { limitWay: way, limitType, retained } = value
  const ends = { prefix: value.binPrefixNum ?? 6, suffix: value.binSuffixNum ?? 0 }
  const items = new Map<string, LimitItem[]>()
  for (const [index, written] of value.limitItems.entries()) {
    const refused = (message: string): { refusal: Refusal } => ({
      refusal: { field: `limitItems[${index}].limitKey`, message },
    })
    const read = written.limitKey === '*' ? { key: '*' } : readKey(written.limitKey, ends, hashCardNo)
    if ('problem' in read) return refused(read.problem)
    const item = makeItem(written, `limit:${id}:${way}:`, read.key)
    const before = items.get(read.key) ?? []
    if (before.some((other) => other.startsAt < item.endsAt && item.startsAt < other.endsAt)) {
      return refused('is listed twice for the same time')
    }
    items.set(read.key, [...before, item])
  }
  const others = items.get('*') ?? []
  items.delete('*')
  const isWhiteList = limitType === 'W'
  const body: Limit = { kind: 'limit', subject, way, isWhiteList, isRetained: retained === true, ends, items, others }
  return { body }
}

function makeItem(written: LimitValue['limitItems'][number], prefix: string, key: string): LimitItem {
  const { startTime: startsAt, endTime: endsAt, weekTime } = written
  const [day, week, month, year] = calendarPeriodKinds.map((kind) => periodNumberOf(kind, startsAt))
  const maxima: [PeriodKind, number][] = [
    ['day', written.limitMaxDay],
    ['week', written.limitMaxWeek],
    ['month', written.limitMaxMonth],
    ['year', written.limitMaxYear],
    ['total', written.limitMaxTotal],
  ]
  return {
    maxima: maxima.flatMap(([period, max]) =>
      max > 0 ? [{ period, max, counterKey: nameCounters(prefix, key) }] : [],
    ),
    startsAt,
    endsAt,
    totalLabel: `T${formatShanghaiCompact(new Date(startsAt))}`,
    startNumbers: { day: day!, week: week!, month: month!, year: year! },
    weekTime,
  }
}

const mostNames = 2048

/**
 * A decision asks for each name twice, to load the counter and to judge by it, and for that of a hot key again and again:
 * the names of the current period are kept, so many at most.
 */
function nameCounters(prefix: string, key: string): Maximum['counterKey'] {
  let kept = { label: '', name: '', names: new Map<string, string>() }
  return (label, asked) => {
    if (kept.label !== label || kept.names.size >= mostNames) {
      kept = { label, name: `${prefix}${label}:${key === '*' ? '' : key}`, names: new Map() }
    }
    if (key !== '*') return kept.name
    const known = kept.names.get(asked)
    if (known !== undefined) return known
    const name = kept.name + asked
    kept.names.set(asked, name)
    return name
  }
}
