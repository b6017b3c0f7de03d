import type { Core } from '../../src/core/core.ts'
import type { Output, Table } from '../../src/cli/output.ts'
import { execute } from '../../src/cli/program.ts'
import { createHubSite } from '../../src/cli/site.ts'

/** What a command said, and its exit code. */
export type Said = { exitCode: number; lines: string[]; errors: string[]; tables: Table[]; json: unknown }

export type RunOptions = { cwd?: string; environment?: Record<string, string>; signal?: AbortSignal }

/** An output that remembers what it was told, for tests. */
export function createRecorder(): { output: Output; said: Omit<Said, 'exitCode'>; progressed: number[] } {
  const said: Omit<Said, 'exitCode'> = { lines: [], errors: [], tables: [], json: undefined }
  const progressed: number[] = []
  const output: Output = {
    line: (text) => void said.lines.push(text),
    error: (text) => void said.errors.push(text),
    table: (table) => void said.tables.push(table),
    // As a program would read it.
    json: (value) => void (said.json = JSON.parse(JSON.stringify(value)) as unknown),
    progress: () => ({ add: (amount) => void progressed.push(amount), stop: () => undefined }),
    isInteractive: false,
    columns: 120,
  }
  return { output, said, progressed }
}

/** Runs a command line in this process, on the hub that is given. */
export async function runCli(core: Core, argv: string[], options: RunOptions = {}): Promise<Said> {
  const { output, said } = createRecorder()
  const { cwd = '/', environment = {}, signal = new AbortController().signal } = options
  const request = { argv, cwd, userName: 'wang', isInteractive: false, columns: 120, environment }
  const exitCode = await execute(argv, createHubSite(core, { request, output, signal }))
  return { ...said, exitCode }
}

/** Runs a command line that must succeed, and answers what it printed with `--json`. */
export async function jsonOf<T>(core: Core, argv: string[], options: RunOptions = {}): Promise<T> {
  const { json, exitCode, errors } = await runCli(core, [...argv, '--json'], options)
  if (exitCode !== 0)
    throw new Error(`${argv.join(' ')} ended with ${exitCode}: ${JSON.stringify(json)} ${errors.join(' ')}`)
  return json as T
}
