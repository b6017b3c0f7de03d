import { bodyCauses } from './body.ts'
import { mistakes, type Difference } from './mistakes.ts'

/** What the five lines of a request are made of. */
export type LakalaParts = { appid: string; serialNo: string; timestamp: string; nonce: string; body: string }

const headNames = ['appid', 'serial_no', 'timestamp', 'nonce_str'] as const

/**
 * Compares a string to sign, as a partner's client made it, with the one that the hub expects. Answers where they part
 * first, with the usual causes; undefined where they are the same.
 */
export function compareLakalaText(expected: LakalaParts, given: string): Difference | undefined {
  return wholeDifference(expected, given) ?? headDifference(expected, given) ?? bodyDifference(expected.body, given)
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
