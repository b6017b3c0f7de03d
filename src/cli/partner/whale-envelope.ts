import { isUtf8 } from 'node:buffer'
import { isJsonNumber, type JsonObject, type JsonValue, parseJsonObject, JsonError } from '../../wire/json.ts'
import { decodeBizContent, encodeBizContent } from '../../wire/whale-signature.ts'
import { parseObject } from './body.ts'
import { mistakes } from './mistakes.ts'

/** An envelope's fields as the string to sign has them: numbers as they were written, null as null. */
export type WhaleFields = Readonly<Record<string, string | null>>

/** The fields of an envelope; objects and arrays, which have no place in the string, are left out. */
export function envelopeFields(envelope: JsonObject): WhaleFields {
  const pairs = Object.entries(envelope).map(([name, value]) => [name, textOf(value)] as const)
  return Object.fromEntries(pairs.filter((pair): pair is readonly [string, string | null] => pair[1] !== undefined))
}

function textOf(value: JsonValue): string | null | undefined {
  if (typeof value === 'string' || value === null) return value
  if (isJsonNumber(value)) return value.numberText
  return typeof value === 'boolean' ? String(value) : undefined
}

/** The parts of a string to sign. A value may have a `&` of its own: only one before a name and `=` parts two fields. */
export const partsOf = (text: string): string[] => text.split(/&(?=[A-Za-z_]\w*=)/)

export const nameOf = (part: string): string => part.slice(0, part.indexOf('='))
export const valueOf = (part: string): string => part.slice(part.indexOf('=') + 1)

/** The fields that a string to sign speaks of. */
export const fieldsOf = (text: string): WhaleFields =>
  Object.fromEntries(
    partsOf(text)
      .filter((part) => part.includes('='))
      .map((part) => [nameOf(part), valueOf(part)]),
  )

/**
 * What can be expected of a string of which the request is not at hand: the partner's own app id, all five fields, and
 * whatever they say, as long as it is well-formed.
 */
export function expectedFields(given: string, identity: { appId: string; version: string }, now: Date): WhaleFields {
  const { sign: _, ...fields } = fieldsOf(given.trimEnd())
  const { timestamp, biz_content: content } = fields
  const seconds = String(Math.floor(now.getTime() / 1000))
  return {
    action: 'MakeQuery',
    version: identity.version,
    ...fields,
    app_id: identity.appId,
    timestamp: /^[1-9]\d{9}$/.test(timestamp ?? '') ? timestamp! : seconds,
    biz_content: standardBizContent(content ?? ''),
  }
}

/** What a `biz_content` in whatever spelling should have been. */
function standardBizContent(content: string): string {
  if (decodeBizContent(content) !== undefined) return content
  return parseObject(content) === undefined
    ? Buffer.from(content, 'base64').toString('base64')
    : encodeBizContent(content)
}

/** The business JSON of an envelope; undefined where `biz_content` cannot be read. */
export function bizJsonOf({ biz_content: content }: WhaleFields): string | undefined {
  const bytes = decodeBizContent(content ?? '')
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8')
}

/** What is wrong with a `biz_content`: it must be standard Base64 of a JSON object in UTF-8. Undefined where it is well. */
export function contentMistake(content: string): string | undefined {
  if (parseObject(Buffer.from(content, 'hex').toString('utf8')) !== undefined) return mistakes.bizHexadecimal
  const bytes = decodeBizContent(content)
  return bytes === undefined ? spellingMistake(content) : bytesMistake(bytes)
}

function spellingMistake(content: string): string {
  if (parseObject(content) !== undefined) return mistakes.bizIsJson
  if (/[\r\n]/.test(content)) return mistakes.bizInLines
  if (/%[0-9A-Fa-f]{2}/.test(content)) return mistakes.bizPercentEncoded
  if (content.includes(' ')) return mistakes.plusLost
  if (/^[A-Za-z0-9_-]+=*$/.test(content) && /[-_]/.test(content)) return mistakes.bizForUrls
  if (/^[A-Za-z0-9+/]+$/.test(content)) return mistakes.bizUnpadded
  return 'biz_content is no Base64.'
}

function bytesMistake(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString('utf8')
  if (parseObject(Buffer.from(text, 'base64').toString('utf8')) !== undefined) return mistakes.bizTwice
  if (!isUtf8(bytes)) return mistakes.bizOtherCharset
  try {
    parseJsonObject(bytes)
    return undefined
  } catch (error) {
    if (error instanceof JsonError) return `biz_content holds no JSON object: ${error.message}.`
    throw error
  }
}
