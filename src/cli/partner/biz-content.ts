import { isUtf8 } from 'node:buffer'
import { parseJsonObject } from '../../wire/json.ts'
import { JsonError } from '../../wire/json-string.ts'
import { decodeBizContent } from '../../wire/whale-signature.ts'
import { parseObject } from './body.ts'
import { mistakes } from './mistakes.ts'

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
