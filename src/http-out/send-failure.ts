import { guardCodes } from './address-guard.ts'

/** Why there is no answer. `other`: an answer that is not HTTP, or a request that cannot be sent as it is. */
export type SendFailureReason = 'address_refused' | 'dns' | 'connect' | 'timeout' | 'closed' | 'tls' | 'other'

const timeoutCode = 'QUANHUB_TIMEOUT'

/** The error with which a POST is given up. */
export const timeoutError = (milliseconds: number): Error =>
  Object.assign(new Error(`No complete answer within ${milliseconds} ms.`), { code: timeoutCode })

const reasonByCode: Readonly<Record<string, SendFailureReason>> = {
  [guardCodes.refused]: 'address_refused',
  [guardCodes.dns]: 'dns',
  ECONNREFUSED: 'connect',
  EHOSTUNREACH: 'connect',
  EHOSTDOWN: 'connect',
  ENETUNREACH: 'connect',
  ENETDOWN: 'connect',
  EADDRNOTAVAIL: 'connect',
  EMFILE: 'connect',
  [timeoutCode]: 'timeout',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ECONNRESET: 'closed',
  ECONNABORTED: 'closed',
  EPIPE: 'closed',
  UND_ERR_SOCKET: 'closed',
  EPROTO: 'tls',
}

// OpenSSL's words for a certificate that does not hold, as Node passes them on in `code`.
const certificateCode =
  /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_|PATH_LENGTH)/

/** Sorts an error of undici, of a socket or of the address guard. */
export function failureReason(error: unknown): SendFailureReason {
  const code = codeOf(error)
  return reasonByCode[code] ?? (certificateCode.test(code) ? 'tls' : 'other')
}

/** One line for whoever looks why a callback does not arrive. */
export function messageOf(error: unknown): string {
  // Where a name has several addresses and none can be reached, the error's own message is empty.
  const errors = error instanceof AggregateError ? error.errors : [error]
  const messages = errors.map((one) => (one instanceof Error ? one.message : String(one)))
  return messages.filter((message) => message !== '').join('; ') || codeOf(error) || 'Unknown failure.'
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
