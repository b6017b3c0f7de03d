import { joinSorted, signedLines } from './sign-string.ts'

const scheme = 'LKLAPI-SHA256withRSA'

/** What a Lakala request says in its Authorization header (in answers: in the Lklapi-… headers). */
export type LakalaAuthorization = {
  readonly appid: string
  readonly serialNo: string
  /** Seconds since 1970, as written. */
  readonly timestamp: string
  readonly nonce: string
  readonly signature: string
}

type SignedRequest<Body> = Omit<LakalaAuthorization, 'signature'> & { readonly body: Body }
type SignedNotification<Body> = Pick<LakalaAuthorization, 'timestamp' | 'nonce'> & { readonly body: Body }

/** The text that is signed for a request and for its answer: five lines. Bytes in, bytes out. */
export function lakalaRequestText(request: SignedRequest<string>): string
export function lakalaRequestText(request: SignedRequest<Uint8Array>): Uint8Array
export function lakalaRequestText(request: SignedRequest<string> | SignedRequest<Uint8Array>): string | Uint8Array {
  const { appid, serialNo, timestamp, nonce, body } = request
  return signedLines([appid, serialNo, timestamp, nonce], body)
}

/** The text that is signed for a callback: three lines, without appid and serial number. Bytes in, bytes out. */
export function lakalaNotificationText(notification: SignedNotification<string>): string
export function lakalaNotificationText(notification: SignedNotification<Uint8Array>): Uint8Array
export function lakalaNotificationText(
  notification: SignedNotification<string> | SignedNotification<Uint8Array>,
): string | Uint8Array {
  const { timestamp, nonce, body } = notification
  return signedLines([timestamp, nonce], body)
}

/** What is wrong with an Authorization header: which part of it, and what it must be. */
export type AuthorizationProblem = { part: string; problem: string }

/**
 * Reads the Authorization header of a request, or says what is wrong with it. Attributes are found by name, since Lakala's
 * own SDK writes another order than its document. Quotes may be missing, unknown attributes are passed over, one that is
 * given twice is refused. The signature is not checked here. `appid` is there wherever it can be read.
 */
export function readLakalaAuthorization(
  header: string,
): { authorization: LakalaAuthorization; appid: string } | { wrong: AuthorizationProblem; appid: string | undefined } {
  const attributes = attributesOf(header)
  if (attributes === undefined) return { wrong: schemeProblem, appid: undefined }
  const appid = attributes.get('appid')
  const wrong = problemIn(attributes, ['appid', 'serial_no', ...partsOfProof])
  if (wrong !== undefined || appid === undefined) return { wrong: wrong ?? schemeProblem, appid }
  return { authorization: { appid, serialNo: attributes.get('serial_no')!, ...proofOf(attributes) }, appid }
}

/** The same, where it does not matter what is wrong: undefined then. */
export function parseLakalaAuthorization(header: string): LakalaAuthorization | undefined {
  const read = readLakalaAuthorization(header)
  return 'authorization' in read ? read.authorization : undefined
}

/** Reads the Authorization header of a callback, by the same rules; appid and serial number are not needed. */
export function parseLakalaNotificationAuthorization(header: string): LakalaNotificationAuthorization | undefined {
  const attributes = attributesOf(header)
  return attributes === undefined || problemIn(attributes, partsOfProof) !== undefined ? undefined : proofOf(attributes)
}

type LakalaNotificationAuthorization = Pick<LakalaAuthorization, 'timestamp' | 'nonce' | 'signature'>

/** The Authorization header of a request, in the order and with the quotes of Lakala's own. */
export function formatLakalaAuthorization(authorization: LakalaAuthorization): string {
  const { appid, serialNo, timestamp, nonce, signature } = authorization
  return `${scheme} appid="${appid}",serial_no="${serialNo}",timestamp="${timestamp}",nonce_str="${nonce}",signature="${signature}"`
}

/** The Authorization header of a callback, in the order and with the quotes of Lakala §3. */
export function formatLakalaNotificationAuthorization(authorization: LakalaNotificationAuthorization): string {
  const { timestamp, nonce, signature } = authorization
  return `${scheme} timestamp="${timestamp}",nonce_str="${nonce}",signature="${signature}"`
}

/** The text behind the `sign` in a callback's body (signType RSA2): without sign, signType and empty values. */
export function lakalaBodySignText(fields: Readonly<Record<string, string>>): string {
  const signed = Object.entries(fields).filter(([name]) => name !== 'sign' && name !== 'signType')
  return joinSorted(signed, { isEmptyKept: false })
}

/** `name="value"` or `name=value`, and the comma or the end behind it. */
const attributePattern = /[ \t]*([A-Za-z_]+)[ \t]*=[ \t]*(?:"([^"]*)"|([^\s",]+))[ \t]*(,|$)/y

function parseAttributes(text: string): Map<string, string> | undefined {
  const attributes = new Map<string, string>()
  attributePattern.lastIndex = 0
  for (;;) {
    const [, name = '', quoted, bare = '', separator] = attributePattern.exec(text) ?? []
    if (separator === undefined || attributes.has(name)) return undefined
    attributes.set(name, quoted ?? bare)
    if (separator === '') return attributes
  }
}

const attributesOf = (header: string): Map<string, string> | undefined =>
  /^LKLAPI-SHA256withRSA[ \t]/.test(header) ? parseAttributes(header.slice(scheme.length)) : undefined

const schemeProblem: AuthorizationProblem = {
  part: 'Authorization',
  problem: `must be ${scheme} with appid, serial_no, timestamp, nonce_str and signature, each once, with commas between`,
}

/** What a request and a callback have in common. */
const partsOfProof = ['timestamp', 'nonce_str', 'signature'] as const
type Part = 'appid' | 'serial_no' | (typeof partsOfProof)[number]

const id = { form: /^[\x21-\x7e]{1,64}$/, problem: 'must be 1 to 64 printable ASCII characters' }
/** What each attribute of the header must be. */
export const lakalaAttributeForms: Record<Part, { form: RegExp; problem: string }> = {
  appid: id,
  serial_no: id,
  timestamp: { form: /^[1-9][0-9]{0,10}$/, problem: 'must be seconds since 1970, ten digits' },
  nonce_str: { form: /^[A-Za-z0-9]{8,64}$/, problem: 'must be 8 to 64 letters and digits' },
  signature: { form: /^[A-Za-z0-9+/]+={0,2}$/, problem: 'must be Base64 with + and /, not its form for URLs' },
}

function problemIn(attributes: Map<string, string>, parts: readonly Part[]): AuthorizationProblem | undefined {
  const part = parts.find((name) => !lakalaAttributeForms[name].form.test(attributes.get(name) ?? ''))
  if (part === undefined) return undefined
  const given = attributes.get(part) ?? ''
  if (given === '') return { part, problem: 'is missing' }
  const isMilliseconds = part === 'timestamp' && /^[1-9][0-9]{12}$/.test(given)
  return {
    part,
    problem: isMilliseconds ? 'must be seconds since 1970: these are milliseconds' : lakalaAttributeForms[part].problem,
  }
}

const proofOf = (attributes: Map<string, string>): LakalaNotificationAuthorization => ({
  timestamp: attributes.get('timestamp')!,
  nonce: attributes.get('nonce_str')!,
  signature: attributes.get('signature')!,
})
