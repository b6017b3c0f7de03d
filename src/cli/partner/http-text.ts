/** A request as a client wrote it: header names in lower case, the body's bytes as they are. */
export type HttpText = { headers: Map<string, string>; body: Uint8Array }

/**
 * Reads the raw text of an HTTP request: an optional request line, headers, an empty line, the body. Without a
 * Content-Length one line end behind the body is the file's own. Undefined where there is no body.
 */
export function parseHttpText(bytes: Uint8Array): HttpText | undefined {
  const buffer = Buffer.from(bytes)
  const empty = /\r?\n\r?\n/.exec(buffer.toString('latin1'))
  if (empty === null) return undefined
  const head = buffer.subarray(0, empty.index).toString('latin1')
  const headers = new Map(head.split(/\r?\n/).flatMap(headerOf))
  const body = bodyOf(buffer.subarray(empty.index + empty[0].length), headers.get('content-length'))
  return body.length === 0 ? undefined : { headers, body }
}

function headerOf(line: string): [string, string][] {
  const [, name, value] = /^([A-Za-z0-9-]+)[ \t]*:[ \t]*(.*?)[ \t]*$/.exec(line) ?? []
  return name === undefined || value === undefined ? [] : [[name.toLowerCase(), value]]
}

function bodyOf(rest: Buffer, contentLength: string | undefined): Buffer {
  if (contentLength !== undefined && /^\d{1,9}$/.test(contentLength)) return rest.subarray(0, Number(contentLength))
  const text = rest.toString('latin1')
  return rest.subarray(0, text.replace(/\r?\n$/, '').length)
}
