import type { HttpHeaders } from '../../../simulators/post-json.ts'
import { bad, good, type Finding } from './finding.ts'

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

const words: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there. Is the hub running, and is this its port?',
  ENOTFOUND: 'there is no machine of this name. Check the address.',
  EAI_AGAIN: 'its name cannot be resolved now. Check the network and the DNS.',
  EHOSTUNREACH: 'there is no way to this machine. Check the network.',
  ENETUNREACH: 'there is no way to this network. Check the network.',
  ECONNRESET: 'it closed the connection. Is there a firewall, or is it https instead of http?',
  UND_ERR_SOCKET: 'it closed the connection. Is there a firewall, or is it https instead of http?',
  UND_ERR_CONNECT_TIMEOUT: 'it does not take the connection. Is there a firewall between?',
  UND_ERR_HEADERS_TIMEOUT: 'it took the request and did not answer within 30 s.',
  EPROTO: 'it does not speak TLS. Is it http instead of https?',
}

/** Why a hub does not answer, in words that say where to look. */
export function unreachable(url: string, error: unknown): string {
  const told = [...causesOf(error)].map(({ code }) => words[code ?? '']).find((one) => one !== undefined)
  return `The hub at ${url} does not answer: ${told ?? (error as Error).message}`
}

function* causesOf(error: unknown): Iterable<NodeJS.ErrnoException> {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    yield cause
    if (cause instanceof AggregateError) yield* cause.errors as NodeJS.ErrnoException[]
  }
}

// Half of what a hub allows by default: beyond it a clock that drifts on is soon too far.
const toleratedSeconds = 150

/**
 * How far this machine's clock is from the hub's, by the time in an answer's headers: `Lklapi-Timestamp`, else `Date`.
 * @param asked and @param answered are this machine's times around the request, in milliseconds.
 */
export function clockFinding(headers: HttpHeaders, asked: number, answered: number): Finding | undefined {
  const hubs = hubSeconds(headers)
  if (hubs === undefined) return undefined
  // Headers tell whole seconds, cut.
  const difference = Math.round((asked + answered) / 2000 - (hubs + 0.5))
  if (Math.abs(difference) <= 1) return good("This machine's clock agrees with the hub's.")
  const words = `This machine's clock is ${Math.abs(difference)} s ${difference > 0 ? 'ahead of' : 'behind'} the hub's.`
  if (Math.abs(difference) <= toleratedSeconds) return good(words)
  return bad(`${words} A hub takes 300 s by default: set the clock (NTP).`)
}

function hubSeconds(headers: HttpHeaders): number | undefined {
  const { 'lklapi-timestamp': own, date } = headers
  if (typeof own === 'string' && /^\d{10}$/.test(own)) return Number(own)
  const parsed = typeof date === 'string' ? Date.parse(date) : Number.NaN
  return Number.isNaN(parsed) ? undefined : Math.floor(parsed / 1000)
}
