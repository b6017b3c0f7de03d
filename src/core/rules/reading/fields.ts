import { z } from 'zod'
import { readRate, readYuan } from '../deciding/decimal.ts'
import { parseShanghaiCompact } from '../../../time/shanghai.ts'

// The fields of rules as forms draw them: `title` is the document's own word, `description` says what it does. Partners
// write digits as numbers or as strings; both are taken.

type Label = { title: string; description: string }

/** A whole number from 0. */
export const whole = (label: Label, max = Number.MAX_SAFE_INTEGER) =>
  written(
    label,
    (given) => {
      const value = /^[0-9]{1,16}$/.test(String(given)) ? Number(given) : Number.NaN
      return value <= max ? value : undefined
    },
    `must be a whole number from 0 to ${max}`,
  )

/** An amount in yuan, taken into fen. */
export const yuan = (label: Label) =>
  written(label, readYuan, 'must be an amount in yuan from 0, written as a plain decimal')

/** A part of one, taken into millionths. */
export const rate = (label: Label) =>
  written(label, readRate, 'must be a part of one, from 0 to 1, with at most six decimals')

function written(label: Label, read: (given: string | number) => number | undefined, problem: string) {
  return z
    .union([z.number(), z.string()], { error: problem })
    .transform((given, context) => {
      const value = read(given)
      if (value !== undefined) return value
      context.issues.push({ code: 'custom', message: problem, input: given })
      return z.NEVER
    })
    .meta(label)
}

/** Y or N. */
export const flag = (label: Label) =>
  z
    .enum(['Y', 'N'], { error: 'must be Y or N' })
    .transform((given) => given === 'Y')
    .meta(label)

export const text = (label: Label, max: number) =>
  z
    .string({ error: 'must be a text' })
    .min(1, 'is empty')
    .max(max, `has more than ${max} characters`)
    .regex(/^\P{Cc}*$/u, 'has control characters')
    .meta(label)

/** A key or an id, which partners write as a text or as a number. */
export const id = (label: Label, max: number) =>
  z
    .union([z.number().int().safe().transform(String), text(label, max)], {
      error: `must be a text of 1 to ${max} characters, or a whole number`,
    })
    .meta(label)

/** yyyyMMddHHmmss or `yyyy-MM-dd HH:mm:ss` in Asia/Shanghai, taken into milliseconds. */
export const time = (label: Label) =>
  z
    .union([z.number().transform(String), z.string()], { error: timeProblem })
    .transform((given, context) => {
      const at = readTime(given)
      if (at !== undefined) return at
      context.issues.push({ code: 'custom', message: timeProblem, input: given })
      return z.NEVER
    })
    .meta(label)

/** The last second of a validity, taken into the first instant after it. */
export const endTime = (label: Label) => time(label).transform((at) => at + 1000)

const timeProblem = 'must be a time that exists, yyyyMMddHHmmss'

function readTime(given: string): number | undefined {
  const digits = given.replace(/^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/, '$1$2$3$4$5$6')
  const at = /^(?:19|[2-9]\d)/.test(digits) ? parseShanghaiCompact(digits) : undefined
  return at?.getTime()
}
