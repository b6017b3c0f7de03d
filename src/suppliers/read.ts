import { parseFen } from '../wire/amount.ts'
import { isJsonNumber, isJsonObject } from '../wire/json.ts'
import type { JsonObject, JsonValue } from '../wire/json.ts'

// What stands in answers. What cannot be read is as good as absent: whether that matters is for who asks.

/** A text that is not empty, or a number as it was written: ids of more than 15 digits keep them all. */
export function textIn(value: JsonValue | undefined): string | undefined {
  if (isJsonNumber(value)) return value.numberText
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A whole amount in fen. */
export const fenIn = (value: JsonValue | undefined): number | undefined => parseFen(textIn(value) ?? '')

/** A whole number from 0 to a million: how many uses are left. */
export function countIn(value: JsonValue | undefined): number | undefined {
  const text = textIn(value) ?? ''
  return /^(?:0|[1-9][0-9]{0,5})$/.test(text) ? Number(text) : undefined
}

/** A name, cut to what a list shows. */
export const nameIn = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? Array.from(value.trim()).slice(0, 128).join('') : undefined

/** A time in seconds since 1970, or in milliseconds where `unit` is 1. */
export function instantIn(value: JsonValue | undefined, unit: 1 | 1000): Date | undefined {
  const text = textIn(value) ?? ''
  const date = /^[1-9][0-9]{0,14}$/.test(text) ? new Date(Number(text) * unit) : undefined
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date
}

/** An object; an empty one where there is none. */
export const objectIn = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {})

type Given<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> }

/** Without the fields that are undefined. */
export const given = <T extends object>(fields: T): Given<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>
