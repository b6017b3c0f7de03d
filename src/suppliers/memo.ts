import { parseJsonObject } from '../wire/json.ts'
import { textIn } from './read.ts'

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
