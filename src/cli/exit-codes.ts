/** What the shell hears. docs/operating.md has the same table. */
export const exitCodes = {
  done: 0,
  /** Refused or failed; what was refused, and what to do, was said. */
  failed: 1,
  /** The command line or the configuration cannot be used. */
  usage: 2,
  /** What was named does not exist. */
  notFound: 3,
  /** Ended by Ctrl-C or a signal, after the step at hand was finished. */
  cancelled: 130,
} as const

/** A failure of the command line itself, in words that say what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code: string
  readonly exitCode: number
  /** The field of what was written that the words are about. */
  readonly field: string | undefined

  constructor(code: string, message: string, exitCode: number = exitCodes.failed, field?: string) {
    super(message)
    this.code = code
    this.exitCode = exitCode
    this.field = field
  }
}
