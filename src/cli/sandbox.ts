import { InvalidArgumentError, type Command } from 'commander'
import { startReceiver, type Receiver } from '../../simulators/receiver.ts'
import type { Config } from '../config.ts'
import type { Core } from '../core/core.ts'
import { createLog } from '../log.ts'
import { runHub, type RunningHub } from '../running-hub.ts'
import { readSandboxFile, sandboxFilePath, writeSandboxFile, type SandboxFile } from '../sandbox/file.ts'
import { writeReceiverUrl } from '../sandbox/receiver-file.ts'
import { setUpWorld } from '../sandbox/world.ts'
import type { CommandContext } from './context.ts'
import type { Report } from './output.ts'
import type { Run } from './run.ts'
import { untilStopped } from './until-stopped.ts'

type Options = { timeFactor?: number }

export function registerSandbox(program: Command, run: Run): void {
  program
    .command('sandbox')
    .description('run a hub to try things on: a seeded world, simulated partners, keys of its own')
    .option(
      '--time-factor <n>',
      'divide the waits between callbacks by n, to watch a schedule of hours in seconds',
      factor,
    )
    .action(run.here<Options>(sandbox))
}

function factor(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 100_000)
    throw new InvalidArgumentError('It must be a whole number from 1 to 100000.')
  return value
}

async function sandbox(context: CommandContext, options: Options): Promise<Report | undefined> {
  const config = sandboxConfig(context, options)
  let receiver: Receiver | undefined
  const prepare = async (core: Core, url: string) => {
    const file = { url, ...(await setUpWorld(core, readSandboxFile(config.dataFolder))) }
    writeSandboxFile(config.dataFolder, file)
    const commands = await context.startCommandServer(core)
    receiver = await openReceiver(config, url, file)
    writeReceiverUrl(config.dataFolder, receiver.url)
    return async () => {
      await commands.close()
      await receiver?.close()
    }
  }
  const hub = await runHub({ config, log: createLog(config), prepare })
  for (const line of greeting(config, hub, receiver!)) context.output.line(line)
  return untilStopped(context.signal, hub, async () => {
    context.output.line('Stopping.')
    await hub.close()
  })
}

// Its log is quieter than a server's, since a person reads it; QUANHUB_LOG_LEVEL says otherwise.
function sandboxConfig({ config, environment }: CommandContext, { timeFactor }: Options): Config {
  return {
    ...config,
    isSandbox: true,
    timeFactor: timeFactor ?? config.timeFactor,
    logLevel: (environment['QUANHUB_LOG_LEVEL'] ?? '') === '' ? 'warn' : config.logLevel,
  }
}

// Beside the hub where that port is free, so that its address can be guessed; else anywhere.
async function openReceiver(config: Config, url: string, { lakala }: SandboxFile): Promise<Receiver> {
  const { platformPublicKeyPem } = lakala
  const port = Number(new URL(url).port) + 1
  const { host } = config
  try {
    return await startReceiver({ host, port, platformPublicKeyPem })
  } catch {
    return startReceiver({ host, port: 0, platformPublicKeyPem })
  }
}

// From the source, npm runs it; the built package is a program of its own.
const demoCommand = import.meta.url.endsWith('.ts') ? 'npm run demo' : 'quanhub demo'

function greeting(config: Config, { url, core }: RunningHub, receiver: Receiver): string[] {
  const data =
    core.hub.database.kind === 'embedded' ? `embedded (PGlite) in ${config.dataFolder}` : 'PostgreSQL (DATABASE_URL)'
  return [
    '',
    '  Quanhub 券枢 · sandbox',
    '',
    `  Hub          ${url}            Lakala: issue, query · Shoubei: wf, quary, cancel, prepareuse`,
    `  Partners     ${receiver.url}            a simulated bank's inbox: GET /inbox, and POST /mode to let it fail`,
    `  Database     ${data}`,
    `  For clients  ${sandboxFilePath(config.dataFolder)}            addresses, ids and keys of this world`,
    ...(config.timeFactor === 1 ? [] : [`  Waits        between callbacks are divided by ${config.timeFactor}`]),
    '',
    '  Now type, in another terminal:',
    '',
    `    ${demoCommand}`,
    '',
  ].map((line) => line.replace(/ {12}/, '   '))
}
