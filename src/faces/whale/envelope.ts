import { refuse } from '../../core/command/errors.ts'
import { isJsonNumber, type JsonObject, type JsonValue } from '../../wire/json.ts'
import { decodeBizContent } from '../../wire/whale-signature.ts'
import { readJson } from '../face.ts'

/** What every message of ours says, and what a question without one is taken for. */
export const defaultVersion = '4.0'

/** A question that has neither sign nor biz_content is no envelope: it is the business object itself. */
export const isBare = (body: JsonObject): boolean => !('sign' in body) && !('biz_content' in body)

/** A field as it was written, which is how it is signed; undefined where it is absent, or no text. */
export function textOf(value: JsonValue | undefined): string | undefined {
  if (isJsonNumber(value)) return value.numberText
  if (typeof value === 'boolean') return String(value)
  return typeof value === 'string' ? value : undefined
}

/** The fields of an envelope as they take part in its signature. Refuses objects and arrays, which have no text. */
export function signedTexts(envelope: JsonObject): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(envelope).map(([name, value]) => {
      const text = textOf(value)
      if (text !== undefined || value === null) return [name, text ?? null]
      return refuse('bad_request', `${name}: must not be an object or an array`, { field: name })
    }),
  )
}

/** A field that must be there, and a text or a number. */
export function requireText(body: JsonObject, name: string): string {
  const text = textOf(body[name])
  if (text === undefined || text === '') return refuse('bad_request', `${name}: is missing`, { field: name })
  return text
}

/** The business fields: those in `biz_content`, or, of a bare question, all but the envelope's own names. */
export function businessFields(body: JsonObject): JsonObject {
  if (!isBare(body)) return openBizContent(requireText(body, 'biz_content'))
  const { action: _, app_id: __, timestamp: ___, version: ____, ...fields } = body
  return fields
}

function openBizContent(text: string): JsonObject {
  const bytes = decodeBizContent(text)
  if (bytes !== undefined) return readJson(bytes, 'biz_content')
  const problem = 'biz_content: must be standard Base64, with padding and without line breaks'
  return refuse('bad_request', problem, { field: 'biz_content' })
}
