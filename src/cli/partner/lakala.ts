import { createHash, type KeyObject } from 'node:crypto'
import {
  lakalaAttributeForms,
  lakalaRequestText,
  parseLakalaAuthorization,
  type LakalaAuthorization,
} from '../../wire/lakala-signature.ts'
import { bodyCauses, wrongBodies } from './body.ts'
import { mistakes, type Difference } from './mistakes.ts'
import { explainRsaSignature, type WrongText } from './rsa.ts'

/** What the five lines of a request are made of. */
export type LakalaParts = { appid: string; serialNo: string; timestamp: string; nonce: string; body: string }

const headNames = ['appid', 'serial_no', 'timestamp', 'nonce_str'] as const

/**
 * Compares a string to sign, as a partner's client made it, with the one that the hub expects. Answers where they part
 * first, with the usual causes; undefined where they are the same.
 */
export function compareLakalaText(expected: LakalaParts, given: string): Difference | undefined {
  const place =
    wholeDifference(expected, given) ?? headDifference(expected, given) ?? bodyDifference(expected.body, given)
  const known = wrongTexts(expected).find(({ text }) => text === given)
  return place === undefined || known === undefined ? place : { ...place, causes: [known.mistake] }
}

/**
 * What can be expected of a string of which the request is not at hand: the partner's own appid and serial number, and
 * whatever time stamp, nonce and body it has, as long as they are well-formed.
 */
export function expectedOf(given: string, identity: { appid: string; serialNo: string }, now: Date): LakalaParts {
  const [, , timestamp = '', nonce = '', ...rest] = given.split('\n')
  const seconds = String(Math.floor(now.getTime() / 1000))
  return {
    ...identity,
    timestamp: /^[1-9]\d{9}$/.test(timestamp) ? timestamp : seconds,
    nonce: /^[A-Za-z0-9]{8,64}$/.test(nonce) ? nonce : 'a1B2c3D4e5F6',
    body: rest.join('\n').replace(/[\r\n]+$/, ''),
  }
}

function wholeDifference(expected: LakalaParts, given: string): Difference | undefined {
  const found = (cause: string): Difference => ({
    where: 'line 1',
    expected: expected.appid,
    given: given.split('\n')[0] ?? '',
    causes: [cause],
  })
  if (given.startsWith('\uFEFF')) return found(mistakes.byteOrderMark)
  if (given.startsWith(`${expected.appid}\r\n`)) return found(mistakes.windowsLineEnds)
  if (given.startsWith(`${expected.appid}\\n`)) return found(mistakes.writtenLineFeeds)
  return given.startsWith(`${expected.timestamp}\n${expected.nonce}\n`) ? found(mistakes.callbackString) : undefined
}

function headDifference(expected: LakalaParts, given: string): Difference | undefined {
  const wanted = [expected.appid, expected.serialNo, expected.timestamp, expected.nonce]
  const lines = given.split('\n')
  const index = wanted.findIndex((line, at) => line !== lines[at])
  if (index === -1) return undefined
  const line = lines[index] ?? ''
  const name = headNames[index]!
  const place = { where: `line ${index + 1} (${name})`, expected: wanted[index]!, given: line }
  return { ...place, causes: headCauses(name, line, wanted) }
}

function headCauses(name: (typeof headNames)[number], line: string, wanted: string[]): string[] {
  if (wanted.includes(line)) return [mistakes.swappedLines]
  if (wanted.includes(line.trim())) return ['There are spaces around the value.']
  switch (name) {
    case 'appid':
      return ['It is another appid than in the header (or in the file given by --as).']
    case 'serial_no':
      return ["It is another serial number than in the header: the partner's certificate's, as the hub was told it."]
    case 'timestamp':
      return [timeCause(line)]
    case 'nonce_str':
      return [/^[A-Za-z0-9]{8,64}$/.test(line) ? mistakes.otherNonce : 'A nonce is 8 to 64 letters and digits.']
  }
}

function timeCause(line: string): string {
  if (/^\d{13}$/.test(line)) return mistakes.milliseconds
  return /^\d{10}$/.test(line) ? mistakes.otherTime : mistakes.localTime
}

function bodyDifference(body: string, given: string): Difference | undefined {
  const rest = given.split('\n').slice(headNames.length).join('\n')
  if (rest === `${body}\n`) return undefined
  const place = { where: 'line 5 (body)', expected: body, given: rest }
  if (rest === body && body !== '') return { ...place, where: 'the end of line 5', causes: [mistakes.noLastLineFeed] }
  if (rest.trim() === '') return { ...place, causes: [mistakes.noBody] }
  if (rest.startsWith(`${body}\n`) && rest.trim() === body.trim()) return { ...place, causes: [mistakes.extraLineFeed] }
  return { ...place, causes: bodyCauses(body, rest.replace(/\n$/, '')) }
}

/**
 * Why a signature does not hold, found by trying the classic mistakes until one makes it hold. Undefined where none
 * does: then it is another key, or another text. An empty text means that it holds.
 */
export function explainLakalaSignature(
  parts: LakalaParts,
  signature: string,
  publicKey: KeyObject,
): string | undefined {
  const found = explainRsaSignature(lakalaRequestText(parts), wrongTexts(parts), signature, publicKey)
  // What is no Base64 at all has no bytes that could say more.
  if (found.includes(mistakes.noBase64)) return undefined
  const explained = found.filter((mistake) => !unexplained.has(mistake))
  return found.length > 0 && explained.length === 0 ? undefined : explained.join(' ')
}

// A spelling that is found beside one of these is a mistake all the same.
const unexplained: ReadonlySet<string> = new Set([mistakes.otherPrivateKey, mistakes.otherText, mistakes.noDigestInfo])

function wrongTexts(parts: LakalaParts): WrongText[] {
  const { appid, serialNo, timestamp, nonce, body } = parts
  const text = lakalaRequestText(parts)
  return [
    { mistake: mistakes.noBody, text: [appid, serialNo, timestamp, nonce, '', ''].join('\n') },
    { mistake: mistakes.noBody, text: [appid, serialNo, timestamp, nonce, ''].join('\n') },
    { mistake: mistakes.noLastLineFeed, text: text.slice(0, -1) },
    { mistake: mistakes.extraLineFeed, text: `${text}\n` },
    { mistake: mistakes.windowsLineEnds, text: [appid, serialNo, timestamp, nonce, body, ''].join('\r\n') },
    { mistake: mistakes.writtenLineFeeds, text: [appid, serialNo, timestamp, nonce, body, ''].join('\\n') },
    { mistake: mistakes.callbackString, text: [timestamp, nonce, body, ''].join('\n') },
    { mistake: mistakes.swappedLines, text: [serialNo, appid, timestamp, nonce, body, ''].join('\n') },
    { mistake: mistakes.swappedLines, text: [appid, serialNo, nonce, timestamp, body, ''].join('\n') },
    { mistake: mistakes.bodyHash, text: lakalaRequestText({ ...parts, body: sha256(body) }) },
    { mistake: mistakes.digestSigned, text: sha256(text) },
    ...millisecondTexts(parts),
    ...wrongBodies(body).flatMap((wrong) => {
      const wrongText = lakalaRequestText({ ...parts, body: wrong.body })
      const both = `${wrong.mistake} ${mistakes.noLastLineFeed}`
      return [
        { mistake: wrong.mistake, text: wrongText },
        { mistake: both, text: wrongText.slice(0, -1) },
      ]
    }),
  ]
}

// A client that signs milliseconds and sends seconds: which thousandth it was is not known.
function millisecondTexts(parts: LakalaParts): { mistake: string; text: string }[] {
  if (parts.timestamp.length !== 10) return []
  const thousandths = Array.from({ length: 1000 }, (_, index) => String(index).padStart(3, '0'))
  return thousandths.map((rest) => ({
    mistake: mistakes.milliseconds,
    text: lakalaRequestText({ ...parts, timestamp: `${parts.timestamp}${rest}` }),
  }))
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

type ReadHeader = { authorization: LakalaAuthorization | undefined; problems: string[] }

const rules: readonly [name: string, rule: RegExp, words: string][] = [
  ['appid', lakalaAttributeForms.appid.form, 'is missing or has spaces'],
  ['serial_no', lakalaAttributeForms.serial_no.form, 'is missing or has spaces'],
  ['timestamp', /^[1-9][0-9]{9}$/, 'must be in seconds since 1970 (10 digits)'],
  ['nonce_str', lakalaAttributeForms.nonce_str.form, 'must be 8 to 64 letters and digits'],
  ['signature', lakalaAttributeForms.signature.form, 'must be standard Base64 (+ and /, without line ends)'],
]

/** Reads the Authorization header of a request as far as that goes, and says everything that is wrong with it. */
export function readLakalaHeader(header: string | undefined): ReadHeader {
  if (header === undefined) return { authorization: undefined, problems: ['There is no Authorization header.'] }
  const problems = headerProblems(header)
  return { authorization: parseLakalaAuthorization(header) ?? roughly(header), problems }
}

function headerProblems(header: string): string[] {
  if (!header.startsWith('LKLAPI-SHA256withRSA ')) {
    return ['Authorization must begin with "LKLAPI-SHA256withRSA", a space, and then its attributes.']
  }
  const broken = rules.filter(([name, rule]) => !rule.test(attributeOf(header, name)))
  const problems = broken.map(([name, , words]) => {
    if (name === 'timestamp' && /^\d{13}$/.test(attributeOf(header, name))) return mistakes.milliseconds
    return `${name} in Authorization ${words}.`
  })
  if (problems.length > 0 || parseLakalaAuthorization(header) !== undefined) return problems
  return ['Authorization cannot be read: it is name="value", name="value" …, each once, with plain quotes.']
}

const attributeOf = (header: string, name: string): string =>
  new RegExp(`(?:^|[\\s,])${name}\\s*=\\s*"?([^",]*)`).exec(header)?.[1]?.trim() ?? ''

// Enough to go on looking for further mistakes.
function roughly(header: string): LakalaAuthorization | undefined {
  const [appid, serialNo, timestamp, nonce, signature] = rules.map(([name]) => attributeOf(header, name))
  if (!appid || !serialNo || !timestamp || !nonce || !signature) return undefined
  return { appid, serialNo, timestamp, nonce, signature }
}
