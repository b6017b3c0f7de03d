/** What a partner sees of a JSON object before it has looked at its fields. */
export type JsonObject = Record<string, unknown>

/** True for objects only: not for null, arrays or bare values. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The parsed text, or null where it is no JSON (a partner has to survive a proxy's HTML page). */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
