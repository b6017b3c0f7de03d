/** Where a reader stands in a JSON text. */
export type Cursor = { readonly text: string; at: number }

/** Says why a body is refused, and at which byte of it. The message is both: `duplicate key "a" at offset 12`. */
export class JsonError extends Error {
  readonly reason: string
  /** Counted in bytes from the start of the body, so that it can be found in what was sent. */
  readonly offset: number

  constructor(reason: string, offset: number) {
    super(`${reason} at offset ${offset}`)
    this.name = 'JsonError'
    this.reason = reason
    this.offset = offset
  }
}

/** Refuses the text. `at` counts characters of the text; the error that is thrown counts bytes. */
export function fail(cursor: Cursor, reason: string, at = cursor.at): never {
  throw new JsonError(reason, Buffer.byteLength(cursor.text.slice(0, at)))
}

/** The code unit under the cursor, −1 behind the end (`charCodeAt` would give NaN, which is slow to compare). */
export function codeAt(cursor: Cursor): number {
  return cursor.at < cursor.text.length ? cursor.text.charCodeAt(cursor.at) : -1
}

/** Moves over the four characters that RFC 8259 §2 calls whitespace, and no others. */
export function skipWhitespace(cursor: Cursor): void {
  let code = codeAt(cursor)
  while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
    cursor.at += 1
    code = codeAt(cursor)
  }
}
