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

/**
 * Reads the Authorization header of a request, or gives undefined where it is not as it must be. Attributes are found
 * by name, since Lakala's own SDK writes another order than its document. Quotes may be missing, unknown attributes are
 * passed over, one that is given twice is refused. The signature is not checked here.
 */
export function parseLakalaAuthorization(header: string): LakalaAuthorization | undefined {
  const attributes = attributesOf(header)
  const proof = proofIn(attributes)
  const [appid, serialNo] = [attributes?.get('appid') ?? '', attributes?.get('serial_no') ?? '']
  return proof !== undefined && isId(appid) && isId(serialNo) ? { appid, serialNo, ...proof } : undefined
}

/** Reads the Authorization header of a callback, by the same rules; appid and serial number are not needed. */
export const parseLakalaNotificationAuthorization = (header: string): LakalaNotificationAuthorization | undefined =>
  proofIn(attributesOf(header))

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

const isId = (text: string): boolean => /^[\x21-\x7e]{1,64}$/.test(text)

/** What a request and a callback have in common. */
function proofIn(attributes: Map<string, string> | undefined): LakalaNotificationAuthorization | undefined {
  const timestamp = attributes?.get('timestamp') ?? ''
  const nonce = attributes?.get('nonce_str') ?? ''
  const signature = attributes?.get('signature') ?? ''
  const isWellFormed =
    /^[1-9][0-9]{0,14}$/.test(timestamp) &&
    /^[A-Za-z0-9]{8,64}$/.test(nonce) &&
    /^[A-Za-z0-9+/]+={0,2}$/.test(signature)
  return isWellFormed ? { timestamp, nonce, signature } : undefined
}
