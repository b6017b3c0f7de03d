import { ConfigError } from '../config.ts'
import { HubError } from '../core/command/errors.ts'
import { CommandError, exitCodes } from './exit-codes.ts'
import type { Output } from './output.ts'

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
  return { code: 'failed', message: error instanceof Error ? error.message : String(error) }
}
