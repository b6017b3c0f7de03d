/** SQLSTATE, or the code of Node or of the client: `23505`, `ECONNRESET`, `CONNECTION_CLOSED`. */
function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : ''
}

/** Whether a unique or primary key refused the change. */
export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === '23505'
}

/** Whether a statement failed for no other reason than that an earlier one of its transaction had. */
export function isFollowing(error: unknown): boolean {
  return codeOf(error) === '25P02'
}

// Deadlock, serialization, lock and statement timeouts.
const transientCodes = new Set(['40P01', '40001', '55P03', '57014'])

/** Whether nothing was written, and the same statements may well pass when they are run again. */
export function isTransient(error: unknown): boolean {
  return transientCodes.has(codeOf(error))
}

/** Whether a row could not be locked in time: somebody else has it. */
export function isLocked(error: unknown): boolean {
  return codeOf(error) === '55P03'
}

// Disk or memory are full, a limit of the server's own is reached, it cannot read or write a file, it may only be read.
const unwritableCodes = new Set(['53000', '53100', '53200', '53400', '58030', '25006'])

/** Whether the server cannot write now, through no fault of what is written: nothing was. */
export function isUnwritable(error: unknown): boolean {
  return unwritableCodes.has(codeOf(error))
}

/** For what is to be run again although no statement failed. */
export const transientError = (message: string): Error => Object.assign(new Error(message), { code: '40001' })

const lostCodes = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ENOENT', // The unix socket of a server that does not run.
  'EAI_AGAIN',
  'ERR_STREAM_DESTROYED',
  '57P01', // An administrator ended the session.
  '57P02', // Another session crashed the server.
  '57P03', // The server is starting or stopping.
  '57P05', // The session was idle for too long.
  '25P03', // The transaction was idle for too long.
  '25P04', // The transaction took too long.
  '53300', // No connection is free.
])

/**
 * Whether the database went away (or could not be reached): a transaction that failed so may have been committed or
 * not. Whoever repeats it must look for its own effect first.
 */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error)
  // 08P01 (a message that the server does not understand) leaves the connection as it was.
  return lostCodes.has(code) || (/^08.{3}$/.test(code) && code !== '08P01')
}

export function connectionLost(message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code: 'CONNECTION_CLOSED' })
}
