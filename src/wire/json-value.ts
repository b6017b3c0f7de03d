const numberMark: unique symbol = Symbol('JsonNumber')

/**
 * A number as it was written. Signatures are taken over the text (`1.0` is not `1`), and ids of 17 digits would lose
 * some as a JavaScript number. The mark keeps an object `{"numberText": "1"}` that a partner sends from passing as one.
 */
export type JsonNumber = { readonly [numberMark]: true; readonly numberText: string }

export type JsonValue = string | boolean | null | JsonNumber | JsonValue[] | JsonObject

/**
 * Objects have no prototype: `__proto__` and `constructor` are keys like any other, and a key that was not sent is
 * undefined whatever its name. To copy one, spread it (`Object.assign` would obey `__proto__`).
 */
export type JsonObject = { readonly [key: string]: JsonValue }

/** Makes a number of its JSON text, which is not checked. */
export function jsonNumber(numberText: string): JsonNumber {
  return { [numberMark]: true, numberText }
}

export function isJsonNumber(value: JsonValue | undefined): value is JsonNumber {
  return typeof value === 'object' && value !== null && numberMark in value
}

/** True for what was written in braces: not for null, arrays and numbers. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isJsonNumber(value)
}
