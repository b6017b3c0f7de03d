import { parseFen } from '../wire/amount.ts'
import { isJsonNumber, isJsonObject, type JsonObject, type JsonValue, parseJsonObject } from '../wire/json.ts'

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

// What one step tells the next: JSON, kept by the hub as it is. It may contain what stands for a code: it is a secret.

export const writeMemo = (fields: Readonly<Record<string, string>>): string => JSON.stringify(fields)

/** The texts of a memo; none of it where it is absent, no memo of ours, or lacks one of the names. */
export function readMemo<Name extends string>(
  memo: string | undefined,
  names: readonly Name[],
): Record<Name, string> | undefined {
  try {
    const object = parseJsonObject(Buffer.from(memo ?? ''))
    const entries = names.map((name) => [name, textIn(object[name])] as const)
    return entries.every(([, text]) => text !== undefined)
      ? (Object.fromEntries(entries) as Record<Name, string>)
      : undefined
  } catch {
    return undefined
  }
}
