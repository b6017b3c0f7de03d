import { request } from 'undici'
import { parseJson } from './json.ts'

/** Header names are in lower case. */
export type HttpHeaders = Record<string, string | string[] | undefined>

/** An answer as it came: `bytes` for the signature, `text` for people, `body` parsed (null where it is no JSON). */
export type HttpAnswer = { status: number; headers: HttpHeaders; bytes: Buffer; text: string; body: unknown }

const answerTimeoutMilliseconds = 30_000

/**
 * Posts a body exactly as it was signed.
 * @throws where nothing answers: the hub is not running there, or it closed the connection.
 */
export async function postJson(
  hubUrl: string,
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  const url = hubUrl.replace(/\/+$/, '') + path
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
      body,
      headersTimeout: answerTimeoutMilliseconds,
      bodyTimeout: answerTimeoutMilliseconds,
    })
    const bytes = Buffer.from(await answer.body.arrayBuffer())
    const text = bytes.toString('utf8')
    return { status: answer.statusCode, headers: answer.headers, bytes, text, body: parseJson(text) }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause)
    throw new Error(`No answer from ${url} (${reason}). Is the hub running there? Check the address and start it.`, {
      cause,
    })
  }
}
