import { createHash, type KeyObject } from 'node:crypto'
import { joinSorted } from '../../wire/sign-string.ts'
import { encodeBizContent, whaleText } from '../../wire/whale-signature.ts'
import { wrongBodies, bodyCauses } from './body.ts'
import { mistakes, notSigned, type Difference } from './mistakes.ts'
import { type WrongText, explainRsaSignature } from './rsa.ts'
import { bizJsonOf, type WhaleFields, contentMistake, nameOf, partsOf, valueOf } from './whale-envelope.ts'

type Pair = readonly [name: string, value: string]

/** The texts that the classic mistakes make of an envelope; what is made of several comes last. */
function wrongWhaleTexts(fields: WhaleFields): WrongText[] {
  const sent = Object.entries(fields).filter(([name]) => name !== 'sign')
  const pairs = sent.filter((pair): pair is [string, string] => pair[1] !== null)
  const texts = [
    ...orders(pairs),
    ...selections(fields, pairs),
    ...joinings(pairs),
    ...ends(whaleText(fields)),
    ...contents(fields),
    ...digests(whaleText(fields)),
    ...times(fields),
  ]
  const right = whaleText(fields)
  return texts.filter(({ text }) => text !== right)
}

const inOrder = (pairs: Pair[]): string => pairs.map(([name, value]) => `${name}=${value}`).join('&')

function orders(pairs: Pair[]): WrongText[] {
  const ignoringCase = pairs.toSorted(([left], [right]) => (left.toLowerCase() < right.toLowerCase() ? -1 : 1))
  return [
    { mistake: mistakes.sortedIgnoringCase, text: inOrder(ignoringCase) },
    { mistake: mistakes.unsorted, text: inOrder(pairs) },
  ]
}

function selections(fields: WhaleFields, pairs: Pair[]): WrongText[] {
  const nulls = Object.entries(fields).filter(([name, value]) => name !== 'sign' && value === null)
  const withNulls = (word: string) => joinSorted([...pairs, ...nulls.map(([name]) => [name, word] as const)])
  const camelCase = pairs.map(([name, value]) => [toCamelCase(name), value] as const)
  return [
    { mistake: mistakes.signIncluded, text: joinSorted([...pairs, ['sign', '']]) },
    { mistake: mistakes.emptyLeftOut, text: joinSorted(pairs, { isEmptyKept: false }) },
    { mistake: mistakes.nullKept, text: withNulls('null') },
    { mistake: mistakes.nullKept, text: withNulls('') },
    { mistake: mistakes.otherNames, text: joinSorted(camelCase) },
    ...pairs.map(([left]) => ({
      mistake: notSigned(left),
      text: joinSorted(pairs.filter(([name]) => name !== left)),
    })),
  ]
}

const toCamelCase = (name: string): string => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

function joinings(pairs: Pair[]): WrongText[] {
  const sorted = pairs.toSorted(([left], [right]) => (left < right ? -1 : 1))
  const mapped = (change: (value: string) => string): string =>
    inOrder(sorted.map(([name, value]) => [name, change(value)]))
  const values = sorted.map(([, value]) => value)
  const terms = sorted.map(([name, value]) => `${name}=${value}`)
  const others = [values.join(''), values.join('&'), values.join('\n'), terms.join(''), terms.join('\n')]
  const bodies = [pairs, sorted].map((some) => JSON.stringify(Object.fromEntries(some)))
  return [
    { mistake: mistakes.percentEncoded, text: mapped(encodeURIComponent) },
    { mistake: mistakes.quoted, text: mapped((value) => `"${value}"`) },
    ...others.map((text) => ({ mistake: mistakes.otherJoin, text })),
    ...bodies.map((text) => ({ mistake: mistakes.bodySigned, text })),
  ]
}

const ends = (text: string): WrongText[] => [
  { mistake: mistakes.lineFeedBehindValue, text: `${text}\n` },
  { mistake: mistakes.lineFeedBehindValue, text: `${text}\r\n` },
  { mistake: mistakes.ampersandAtEnd, text: `${text}&` },
]

function contents(fields: WhaleFields): WrongText[] {
  const content = fields['biz_content'] ?? ''
  const variants = wrongContents(content, bizJsonOf(fields))
  return [
    ...variants.map(({ mistake, content: other }) => ({
      mistake,
      text: whaleText({ ...fields, biz_content: other }),
    })),
    ...[content, ...variants.map((variant) => variant.content)].map((text) => ({
      mistake: mistakes.onlyBizSigned,
      text,
    })),
  ]
}

/** Other spellings of a `biz_content`, each with the mistake that makes it. */
function wrongContents(content: string, json: string | undefined): { mistake: string; content: string }[] {
  const forUrls = content.replaceAll('+', '-').replaceAll('/', '_')
  const inLines = [76, 64].flatMap((width) =>
    ['\r\n', '\n'].flatMap((end) => {
      const lines = (content.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join(end)
      return [lines, lines + end]
    }),
  )
  const spellings = json === undefined ? [] : wrongBodies(json).map(({ body }) => body)
  return [
    ...(json === undefined ? [] : [{ mistake: mistakes.jsonSigned, content: json }]),
    ...spellings.map((other) => ({ mistake: mistakes.jsonSigned, content: other })),
    { mistake: mistakes.bizForUrls, content: forUrls },
    { mistake: mistakes.bizForUrls, content: forUrls.replace(/=+$/, '') },
    { mistake: mistakes.bizUnpadded, content: content.replace(/=+$/, '') },
    ...inLines.map((other) => ({ mistake: mistakes.bizInLines, content: other })),
    { mistake: mistakes.percentEncoded, content: encodeURIComponent(content) },
    { mistake: mistakes.bizTwice, content: encodeBizContent(content) },
    ...spellings.map((other) => ({ mistake: mistakes.bizMadeTwice, content: encodeBizContent(other) })),
  ]
}

function digests(text: string): WrongText[] {
  return ['sha256', 'md5', 'sha1'].flatMap((algorithm) => {
    const digest = createHash(algorithm).update(text).digest()
    const hexadecimal = digest.toString('hex')
    const texts = [digest, hexadecimal, hexadecimal.toUpperCase(), digest.toString('base64')]
    return texts.map((one) => ({ mistake: mistakes.digestSigned, text: one }))
  })
}

// A client that signs milliseconds and sends seconds: which thousandth it was is not known.
function times(fields: WhaleFields): WrongText[] {
  const timestamp = fields['timestamp'] ?? ''
  const withTime = (other: string): string => whaleText({ ...fields, timestamp: other })
  if (/^\d{13}$/.test(timestamp)) return [{ mistake: mistakes.secondsSigned, text: withTime(timestamp.slice(0, 10)) }]
  if (!/^\d{10}$/.test(timestamp)) return []
  return Array.from({ length: 1000 }, (_, index) => ({
    mistake: mistakes.milliseconds,
    text: withTime(timestamp + String(index).padStart(3, '0')),
  }))
}

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

/** Everything that is wrong with an envelope's signature; nothing where it holds. */
export const explainWhaleSignature = (fields: WhaleFields, signature: string, publicKey: KeyObject): string[] =>
  explainRsaSignature(whaleText(fields), wrongWhaleTexts(fields), signature, publicKey)
