import { ConfigError } from '../config.ts'
import { HubError } from '../core/command/errors.ts'
import type { Output } from './output.ts'

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

/** The exit code that an error ends the command with. */
export function errorExitCode(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode
  if (error instanceof ConfigError) return exitCodes.usage
  if (error instanceof HubError && error.code.endsWith('_not_found')) return exitCodes.notFound
  return exitCodes.failed
}

/** Says what went wrong: a sentence for people, or `{"error":{"code","message"}}` for programs. */
export function printError(output: Output, error: unknown, isJson: boolean): void {
  const { code, message, field } = describeError(error)
  if (isJson) output.json({ error: { code, message, ...(field === undefined ? {} : { field }) } })
  else output.error(`quanhub: ${message}${field === undefined ? '' : ` (${field})`}`)
}

function describeError(error: unknown): { code: string; message: string; field?: string | undefined } {
  if (error instanceof HubError || error instanceof CommandError) {
    return { code: error.code, message: error.message, field: error.field }
  }
  if (error instanceof ConfigError) return { code: 'bad_configuration', message: error.message }
  return { code: 'failed', message: `${error instanceof Error ? error.message : String(error)}${hintOf(error)}` }
}

const hints: Readonly<Record<string, string>> = {
  EACCES: 'This user may not do that there: give the file or folder to the user (chown), or choose another one',
  EPERM: 'This user may not do that there: give the file or folder to the user (chown), or choose another one',
  EROFS: 'The disk may only be read: choose another place',
  ENOSPC: 'There is no space left on the disk: make room and try again',
  EDQUOT: 'The disk quota is used up: make room and try again',
}

// The system says what failed, and not what to do.
function hintOf(error: unknown): string {
  const { code = '', path } = error as { code?: string; path?: string }
  return code in hints && path !== undefined
    ? `. ${hints[code]} (QUANHUB_DATA_DIR is where the hub keeps its files).`
    : ''
}
