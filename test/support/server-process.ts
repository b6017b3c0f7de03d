import { spawn, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export type Program = { node: string; main: string }

/** The hub as it is developed: from its source, on the Node that runs the tests. */
export const fromSource: Program = {
  node: process.execPath,
  main: fileURLToPath(new URL('../../src/main.ts', import.meta.url)),
}

export type Ended = { exitCode: number | null; output: string }

/** A hub in a process of its own. */
export type ServerProcess = {
  url: string
  output: () => string
  /** Sends a signal that does not end the process: SIGSTOP, SIGCONT. */
  signal: (signal: NodeJS.Signals) => void
  /** Sends a signal and waits until the process is gone. */
  kill: (signal: NodeJS.Signals) => Promise<Ended>
}

export type StartOptions = { args: string[]; environment: Record<string, string>; program?: Program }

/**
 * Nothing of the test run's own environment, in which a setting of ours may stand. The compiled modules are kept by
 * every process that ends in order: starting is most of what a process of a test does.
 */
const baseEnvironment = (): Record<string, string> => ({
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/quanhub-compiled', import.meta.url)),
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '',
})

// Generous: the machine may be busy with other tests.
const patienceMilliseconds = 180_000
const pauseMilliseconds = 20

/** Starts a hub (`serve` or `sandbox`) on the PORT of its environment, and waits until it says that it is ready. */
export async function startServer({ args, environment, program = fromSource }: StartOptions): Promise<ServerProcess> {
  const { child, output } = spawnProgram(program, args, environment)
  const ended = endOf(child, output)
  const url = `http://127.0.0.1:${environment['PORT']}`
  await waitUntilReady(url, child, output)
  return {
    url,
    output,
    signal: (signal) => void child.kill(signal),
    kill: async (signal) => {
      child.kill(signal)
      return ended
    },
  }
}

/** Runs a command line to its end. */
export async function runCommand({ args, environment, program = fromSource }: StartOptions): Promise<Ended> {
  const { child, output } = spawnProgram(program, args, environment)
  return endOf(child, output)
}

function spawnProgram({ node, main }: Program, args: string[], environment: Record<string, string>) {
  const child = spawn(node, [main, ...args], {
    env: { ...baseEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  // A test that fails must not leave servers behind.
  const onExit = (): void => void child.kill('SIGKILL')
  process.once('exit', onExit)
  child.once('close', () => process.off('exit', onExit))
  return { child, output: () => text }
}

async function endOf(child: ChildProcess, output: () => string): Promise<Ended> {
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { exitCode, output: output() }
}

async function waitUntilReady(url: string, child: ChildProcess, output: () => string): Promise<void> {
  for (let waited = 0; waited < patienceMilliseconds; waited += pauseMilliseconds) {
    if (child.exitCode !== null) throw new Error(`the hub has ended (${child.exitCode}):\n${output()}`)
    if (await isReady(url)) return
    await sleep(pauseMilliseconds)
  }
  child.kill('SIGKILL')
  throw new Error(`the hub is not ready after ${patienceMilliseconds / 1000} s:\n${output()}`)
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })).status === 200
  } catch {
    return false
  }
}

/** A port that is free, and the one behind it too: a sandbox has its receiver there. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    // Below those that systems give to clients: one of them could take the port while a server is being restarted.
    const port = randomInt(15_000, 32_000)
    const taken = await Promise.allSettled([freePort(port), freePort(port + 1)])
    if (taken.every(({ status }) => status === 'fulfilled')) return port
  }
}

/** Rejects where the port is taken. */
function freePort(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()))
  })
}
