import { whaleText } from '../../wire/whale-signature.ts'
import { bodyCauses } from './body.ts'
import { contentMistake } from './biz-content.ts'
import { mistakes, notSigned, type Difference } from './mistakes.ts'
import { bizJsonOf, nameOf, partsOf, valueOf, type WhaleFields } from './whale-fields.ts'
import { wrongWhaleTexts } from './wrong-whale.ts'

/**
 * Compares a string to sign with the one that these fields make, field by field. Answers where they part first, with the
 * usual causes; undefined where they are the same.
 */
export function compareWhaleText(fields: WhaleFields, given: string): Difference | undefined {
  const text = whaleText(fields)
  if (given === text) return undefined
  const [wanted, got] = [partsOf(text), partsOf(given)]
  const index = wanted.findIndex((part, position) => part !== got[position])
  const at = index === -1 ? wanted.length : index
  return {
    where: `part ${at + 1}${wanted[at] === undefined ? '' : ` (${nameOf(wanted[at])})`}`,
    expected: wanted[at] ?? '(nothing)',
    given: got[at] ?? '(nothing)',
    causes: [wrongWhaleTexts(fields).find((wrong) => wrong.text === given)?.mistake ?? cause(fields, wanted, got, at)],
  }
}

function cause(fields: WhaleFields, wanted: string[], got: string[], at: number): string {
  const [expected, part] = [wanted[at], got[at]]
  const isThere = (name: string): boolean => got.some((one) => nameOf(one) === name)
  if (wanted.toSorted().join('&') === got.toSorted().join('&')) return mistakes.unsorted
  if (isThere('sign')) return mistakes.signIncluded
  if (expected !== undefined && part !== undefined && nameOf(expected) === nameOf(part)) {
    return valueCause(fields, nameOf(part), valueOf(part))
  }
  if (expected !== undefined && !isThere(nameOf(expected))) return notSigned(nameOf(expected))
  return `${part === undefined ? 'A field' : nameOf(part)} is in the string, but it is not sent.`
}

function valueCause(fields: WhaleFields, name: string, value: string): string {
  if (name === 'timestamp') return timeCause(value)
  if (name === 'biz_content') return contentCause(fields, value)
  if (value.trim() === fields[name]) return 'There are spaces or line feeds around the value.'
  return `${name} is another one than in the envelope (or in what --as says): use one value for both.`
}

function timeCause(value: string): string {
  if (/^\d{13}$/.test(value)) return mistakes.milliseconds
  return /^\d{10}$/.test(value) ? mistakes.otherEnvelopeTime : mistakes.localTime
}

function contentCause(fields: WhaleFields, value: string): string {
  const mistake = contentMistake(value)
  if (mistake !== undefined) return mistake
  const [sent, signed] = [bizJsonOf(fields), bizJsonOf({ biz_content: value })]
  if (sent === undefined || signed === undefined) return mistakes.bizMadeTwice
  return bodyCauses(sent, signed).join(' ')
}
