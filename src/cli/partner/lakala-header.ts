import { parseLakalaAuthorization, type LakalaAuthorization } from '../../wire/lakala-signature.ts'
import { mistakes } from './mistakes.ts'

export type ReadHeader = { authorization: LakalaAuthorization | undefined; problems: string[] }

const rules: readonly [name: string, rule: RegExp, words: string][] = [
  ['appid', /^[\x21-\x7e]{1,64}$/, 'is missing or has spaces'],
  ['serial_no', /^[\x21-\x7e]{1,64}$/, 'is missing or has spaces'],
  ['timestamp', /^[1-9][0-9]{9}$/, 'must be in seconds since 1970 (10 digits)'],
  ['nonce_str', /^[A-Za-z0-9]{8,64}$/, 'must be 8 to 64 letters and digits'],
  ['signature', /^[A-Za-z0-9+/]+={0,2}$/, 'must be standard Base64 (+ and /, without line ends)'],
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
