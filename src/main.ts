#!/usr/bin/env node
import { userInfo } from 'node:os'
import { execute } from './cli/program.ts'
import { exitCodes } from './cli/errors.ts'
import { createTerminalSite } from './cli/site.ts'
import { createTerminalOutput } from './cli/output.ts'

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // The first asks for an orderly end, the second is meant as it is.
    if (interrupted.signal.aborted) process.exit(exitCodes.cancelled)
    interrupted.abort(new Error(name))
  })
}

const terminal = {
  argv: process.argv.slice(2),
  environment: process.env,
  cwd: process.cwd(),
  userName: process.env['USER'] || userName(),
  output: createTerminalOutput(process.stdout, process.stderr),
  signal: interrupted.signal,
}
process.exitCode = await execute(terminal.argv, createTerminalSite(terminal, execute))
// What was given up may hold a socket or a thread for ever: it does not hold the process.
setTimeout(() => process.exit(), 500).unref()

// A container may run as a number that has no name.
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
