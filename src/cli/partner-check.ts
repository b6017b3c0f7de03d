import { Argument, type Command } from 'commander'
import type { z } from 'zod'
import { sandboxFilePath } from '../sandbox/file.ts'
import { wordsOf as whaleWords } from '../faces/whale/words.ts'
import type { CommandContext } from './context.ts'
import { CommandError, exitCodes } from './errors.ts'
import { readFile } from './files.ts'
import type { Report } from './output.ts'
import { codeOf, type Finding } from './partner/finding.ts'
import {
  checkLakalaFiles,
  checkShoubeiFiles,
  type ClientFiles,
  checkExchangeFiles,
  actionOf,
  checkWhaleFiles,
} from './partner/check-files.ts'
import { checkLakalaHub, checkShoubeiHub, checkExchangeHub } from './partner/check-hub.ts'
import { checkWhaleHub } from './partner/check-whale-hub.ts'
import { identitySchemas, readIdentity, type Identified, type Wire, roleOf, whaleSchema } from './partner/identity.ts'
import {
  addWhaleOptions,
  keysIdentity,
  ownQuestion,
  refuseWhaleOptions,
  type WhaleOptions,
} from './partner/whale-options.ts'
import type { Run } from './run.ts'

type CheckOptions = WhaleOptions & { as?: string; url?: string; string?: string; request?: string }

export function registerPartner(program: Command, run: Run): void {
  const group = program
    .command('partner')
    .description("for a partner's engineer: is what we send what the hub expects?")
  const command = group
    .command('check')
    .addArgument(new Argument('<wire>', 'whose wire').choices(Object.keys(identitySchemas)))
    .description('sign a query, send it, and check the answer; or compare what your own client made')
    .option('--as <file>', "who to be: a JSON file like sandbox.json or its block (default: the running sandbox's)")
    .option('--url <url>', 'where the hub is (default: the url in that file)')
    .option('--string <file>', "your client's string to sign: say in which line it differs, and send nothing")
    .option('--request <file>', "your client's request (headers, an empty line, the body): say why its signature fails")
  addWhaleOptions(command)
    .addHelpText(
      'after',
      [
        '',
        'With --string alone, what the request would say is taken from the string itself; with both files the string is',
        'compared with the one that belongs to the request. Nothing is sent then, and no hub is needed. The request of',
        "Whale's wire may be its body alone.",
      ].join('\n'),
    )
    .action(run.here<CheckOptions>((context, options, wire) => check(context, wire as Wire, options)))
}

const checks: Record<Wire, (context: CommandContext, options: CheckOptions) => Promise<Finding[]>> = {
  lakala: checkLakala,
  shoubei: checkShoubei,
  whale: checkWhale,
  exchange: checkExchange,
}

async function check(context: CommandContext, wire: Wire, options: CheckOptions): Promise<Report> {
  if (wire !== 'whale') refuseWhaleOptions(wire, options)
  const findings = await checks[wire](context, options)
  const isWell = findings.every(({ isGood }) => isGood)
  const lines = findings.map(({ isGood, words }) => `${isGood ? '  ok  ' : '  !!  '}${words}`)
  const last = isWell ? 'All is well.' : 'Something is wrong: see above what to do.'
  return {
    value: { wire, isWell, findings },
    lines: [...lines, last],
    exitCode: isWell ? exitCodes.done : exitCodes.failed,
  }
}

async function checkLakala(context: CommandContext, options: CheckOptions): Promise<Finding[]> {
  const identified = identify(context, 'lakala', identitySchemas.lakala, options)
  const files = clientFiles(context, options)
  if (files !== undefined) return checkLakalaFiles(files, identified.identity, new Date())
  return checkLakalaHub(urlOf(identified, options), identified.identity, () => new Date())
}

async function checkShoubei(context: CommandContext, options: CheckOptions): Promise<Finding[]> {
  const identified = identify(context, 'shoubei', identitySchemas.shoubei, options)
  const files = clientFiles(context, options)
  if (files !== undefined) return checkShoubeiFiles(files, identified.identity)
  return checkShoubeiHub(urlOf(identified, options), identified.identity, () => new Date())
}

async function checkExchange(context: CommandContext, options: CheckOptions): Promise<Finding[]> {
  const identified = identify(context, 'exchange', identitySchemas.exchange, options)
  const files = clientFiles(context, options)
  if (files !== undefined) return checkExchangeFiles(files, identified.identity, new Date())
  return checkExchangeHub(urlOf(identified, options), identified.identity, () => new Date())
}

async function checkWhale(context: CommandContext, options: CheckOptions): Promise<Finding[]> {
  const files = clientFiles(context, options)
  const own = ownQuestion(context, options)
  const action = own?.action ?? (files?.request === undefined ? undefined : actionOf(files.request))
  const identified = keysIdentity(context, options) ?? identify(context, 'whale', whaleSchema(roleOf(action)), options)
  if (files !== undefined) return checkWhaleFiles(files, identified.identity, new Date())
  const hub = { url: urlOf(identified, options), now: () => new Date(), codeOf: codeOfReturnCode }
  return checkWhaleHub(hub, identified.identity, own)
}

const codeOfReturnCode = (returnCode: string) => codeOf((one) => whaleWords[one].code === returnCode)

function identify<Identity>(
  context: CommandContext,
  wire: Wire,
  schema: z.ZodType<Identity>,
  { as }: CheckOptions,
): Identified<Identity> {
  const path = as === undefined ? sandboxFilePath(context.config.dataFolder) : context.resolvePath(as)
  const hint = as === undefined ? '. Say who to be with --as FILE, or start a sandbox: npm start' : ''
  return readIdentity(readFile(path, hint).toString('utf8'), wire, schema, path)
}

function clientFiles(context: CommandContext, { string, request }: CheckOptions): ClientFiles | undefined {
  if (string === undefined && request === undefined) return undefined
  const read = (file: string | undefined): Uint8Array | undefined =>
    file === undefined ? undefined : readFile(context.resolvePath(file))
  return { text: read(string), request: read(request) }
}

function urlOf({ url }: Identified<unknown>, options: CheckOptions): string {
  const chosen = options.url ?? url
  if (chosen === undefined) throw new CommandError('usage', 'Say where the hub is: --url https://…', exitCodes.usage)
  if (/^https?:\/\//i.test(chosen) && URL.canParse(chosen)) return chosen
  throw new CommandError('usage', `${chosen} is no address: it begins with http:// or https://`, exitCodes.usage)
}
