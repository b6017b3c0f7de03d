import { mistakes } from './mistakes.ts'

type Json = Record<string, unknown>

/** The bodies that a client may have signed instead of the one that it sent, each with the mistake that makes it. */
export function wrongBodies(body: string): { mistake: string; body: string }[] {
  const parsed = parseObject(body)
  if (parsed === undefined) return []
  const variants = [
    ...spellings(parsed).map((text) => ({ mistake: mistakes.reserialised, body: text })),
    ...spellings(sortKeys(parsed) as Json).map((text) => ({ mistake: mistakes.sortedKeys, body: text })),
    ...escapings(body).map((text) => ({ mistake: mistakes.escaped, body: text })),
    ...spellings(parsed['req_data']).map((text) => ({ mistake: mistakes.onlyReqData, body: text })),
    ...spellings(withoutEmpty(parsed)).map((text) => ({ mistake: mistakes.fieldsLeftOut, body: text })),
  ]
  return variants.filter((variant) => variant.body !== body)
}

/** Why a body that was signed is not the one that was sent. */
export function bodyCauses(sent: string, signed: string): string[] {
  const [left, right] = [parseObject(sent), parseObject(signed)]
  if (left === undefined || right === undefined) return textCauses(sent, signed)
  if (canonical(left) === canonical(right)) return [rewrittenBy(left, right, sent, signed)]
  if (canonical(left['req_data']) === canonical(right)) return [mistakes.onlyReqData]
  if (canonical(withoutEmpty(left)) === canonical(withoutEmpty(right))) return [mistakes.fieldsLeftOut]
  const field = firstDifference(left, right)
  return [`The two bodies do not say the same: ${field} differs. Sign the very bytes that are sent.`]
}

function rewrittenBy(left: Json, right: Json, sent: string, signed: string): string {
  if (JSON.stringify(left) !== JSON.stringify(right)) {
    const isSorted = JSON.stringify(right) === JSON.stringify(sortKeys(left))
    return isSorted ? mistakes.sortedKeys : mistakes.otherKeyOrder
  }
  return hasEscapes(sent) === hasEscapes(signed) ? mistakes.reserialised : mistakes.escaped
}

const hasEscapes = (text: string): boolean => /\\\/|\\u[0-9a-fA-F]{4}/.test(text)

function textCauses(sent: string, signed: string): string[] {
  if (/^[0-9a-fA-F]{32,128}$/.test(signed)) return [mistakes.bodyHash]
  if (signed.includes('\uFFFD')) return [mistakes.otherCharset]
  if (signed.trim() === sent.trim()) return ['There are spaces or line feeds around the body that are not sent.']
  return ['What stands there is not the JSON body that is sent.']
}

/** As JSON libraries write it: compact, Python's, and in lines. */
function spellings(value: unknown): string[] {
  if (value === undefined) return []
  const spaced = JSON.stringify(value, undefined, 1).replaceAll(/\n\s*/g, '\n')
  const python = spaced
    .replaceAll(/([[{])\n/g, '$1')
    .replaceAll(/\n([\]}])/g, '$1')
    .replaceAll('\n', ' ')
  return [JSON.stringify(value), python, JSON.stringify(value, undefined, 2), JSON.stringify(value, undefined, 4)]
}

function escapings(body: string): string[] {
  const ascii = body.replaceAll(/[\u0080-\uFFFF]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const slashes = (text: string): string => text.replaceAll('/', '\\/')
  return [ascii, slashes(body), slashes(ascii), body.replaceAll('\\/', '/')]
}

export function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

const canonical = (value: unknown): string => JSON.stringify(sortKeys(value)) ?? ''

function sortKeys(value: unknown): unknown {
  if (!isObject(value)) return value
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return Object.fromEntries(entries.map(([name, inner]) => [name, sortKeys(inner)]))
}

function withoutEmpty(value: unknown): unknown {
  if (!isObject(value)) return value
  const kept = Object.entries(value).filter(([, inner]) => inner !== null && inner !== '')
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutEmpty(inner)]))
}

function firstDifference(left: Json, right: Json): string {
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])]
  const name = names.find((one) => canonical(left[one]) !== canonical(right[one]))!
  const [inner, other] = [left[name], right[name]]
  return isObject(inner) && isObject(other) ? `${name}.${firstDifference(inner, other)}` : name
}
