import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Another process of ours, for what only shows between processes. */
export type Child = {
  pid: number
  /** The next line that it writes; undefined when it has ended. */
  nextLine: () => Promise<string | undefined>
  kill: (signal: NodeJS.Signals) => Promise<void>
}

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Runs a module given as text, whose imports are relative to the project's root. */
export function startChild(text: string, parameters: string[] = []): Child {
  const flags = ['--input-type=module', '--eval', text, '--', ...parameters]
  const child = spawn(process.execPath, flags, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = once(child, 'exit')
  return {
    pid: child.pid!,
    nextLine: async () => (await lines.next()).value,
    kill: async (signal) => {
      child.kill(signal)
      await ended
    },
  }
}
