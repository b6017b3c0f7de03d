import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export type HubProcess = { pid: number; port: number; stop: () => Promise<void> }

const root = fileURLToPath(new URL('../', import.meta.url))

/**
 * Starts `quanhub serve` as it is started anywhere, on a free port, and waits until it listens. Warnings and errors of
 * its log are passed on. @throws where it ends before it listens.
 */
export async function startHub(
  settings: Record<string, string>,
  profileFolder: string | undefined,
): Promise<HubProcess> {
  const profiling = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]
  const child = spawn(process.execPath, [...profiling, ...program], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', ...settings },
    stdio: ['ignore', 'ignore', 'pipe'],
    // Ctrl-C goes to the bench alone, which then stops the hub in order.
    detached: true,
  })
  const ended = once(child, 'exit')
  const listening = new Promise<string>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const entry = readEntry(line)
      if (entry.url !== undefined) resolve(entry.url)
      if (entry.level >= warning) console.error(line)
    })
  })
  const url = await Promise.race([listening, ended.then(() => undefined)])
  if (url === undefined) throw new Error('the hub ended before it listened')
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
  }
  return { pid: child.pid!, port: Number(new URL(url).port), stop }
}

const program = ['src/main.ts', 'serve']
const warning = 40

// What is no entry of the log is worth reading, whatever it is.
function readEntry(line: string): { level: number; url?: string } {
  try {
    return JSON.parse(line) as { level: number; url?: string }
  } catch {
    return { level: warning }
  }
}
