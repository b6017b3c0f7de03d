/**
 * The text that Lakala and WeChat Pay sign: what comes before the body line by line, then the body, each with its `\n`,
 * the last one too. Given the body's bytes it gives bytes, so that a body is checked as it came and never decoded and
 * encoded again.
 */
export function signedLines(lines: readonly string[], body: string): string
export function signedLines(lines: readonly string[], body: Uint8Array): Uint8Array
export function signedLines(lines: readonly string[], body: string | Uint8Array): string | Uint8Array
export function signedLines(lines: readonly string[], body: string | Uint8Array): string | Uint8Array {
  const head = lines.map((line) => `${line}\n`).join('')
  return typeof body === 'string' ? `${head}${body}\n` : Buffer.concat([Buffer.from(head), body, lineEnd])
}

const lineEnd = Buffer.from('\n')
