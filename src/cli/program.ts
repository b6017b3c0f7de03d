import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import type { Site } from './context.ts'
import { errorExitCode, printError, CommandError, exitCodes } from './errors.ts'
import { createRun, type Run } from './run.ts'

type Register = (program: Command, run: Run) => void

/**
 * Every command of the program, in the order of its help, each in a file of its own. Only that of the command that is run
 * is read: most of a short command's time would else go into reading what it does not need.
 */
const commands: Record<string, () => Promise<Register>> = {
  serve: async () => (await import('./serve.ts')).registerServe,
  sandbox: async () => (await import('./sandbox.ts')).registerSandbox,
  demo: async () => (await import('./demo.ts')).registerDemo,
  verify: async () => (await import('./verify.ts')).registerVerify,
  reconcile: async () => (await import('./reconcile.ts')).registerReconcile,
  migrate: async () => (await import('./migrate.ts')).registerMigrate,
  key: async () => (await import('./key.ts')).registerKey,
  channel: async () => (await import('./set-up/channel.ts')).registerChannel,
  acceptor: async () => (await import('./set-up/acceptor.ts')).registerAcceptor,
  app: async () => (await import('./set-up/app.ts')).registerApp,
  merchant: async () => (await import('./set-up/merchant.ts')).registerMerchant,
  shop: async () => (await import('./set-up/shop.ts')).registerShop,
  supplier: async () => (await import('./set-up/supplier.ts')).registerSupplier,
  route: async () => (await import('./set-up/route.ts')).registerRoute,
  activity: async () => (await import('./set-up/activity.ts')).registerActivity,
  template: async () => (await import('./set-up/template.ts')).registerTemplate,
  'deliver-link': async () => (await import('./set-up/deliver-link.ts')).registerDeliverLink,
  codes: async () => (await import('./codes.ts')).registerCodes,
  order: async () => (await import('./order.ts')).registerOrder,
  coupon: async () => (await import('./coupon.ts')).registerCoupon,
  redemption: async () => (await import('./redemption.ts')).registerRedemption,
  notification: async () => (await import('./notification.ts')).registerNotification,
  explain: async () => (await import('./explain.ts')).registerExplain,
  refusal: async () => (await import('./refusal.ts')).registerRefusal,
  rule: async () => (await import('./rule.ts')).registerRule,
  partner: async () => (await import('./partner-check.ts')).registerPartner,
  audit: async () => (await import('./audit.ts')).registerAudit,
}

/** The command that a command line names; all of them for their help, and for what is unknown. */
function registersOf(argv: string[]): Promise<Register[]> {
  const name = argv.find((word) => !word.startsWith('-')) ?? ''
  const meant = Object.hasOwn(commands, name) ? [commands[name]!] : Object.values(commands)
  return Promise.all(meant.map((read) => read()))
}

/** Runs a command line (without node and program) at a site, and answers its exit code. Never rejects. */
export async function execute(argv: string[], site: Site): Promise<number> {
  let exitCode: number = exitCodes.done
  const isJson = argv.includes('--json')
  const run = createRun(site, (code) => (exitCode = code))
  try {
    const program = await buildProgram(argv, run, site, isJson)
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    return endOf(error, site, isJson)
  }
}

function endOf(error: unknown, site: Site, isJson: boolean): number {
  if (!(error instanceof CommanderError)) {
    printError(site.output, error, isJson)
    return errorExitCode(error)
  }
  // Help that was asked for, and --version, end by this error too.
  if (error.exitCode === 0) return exitCodes.done
  if (isJson) printError(site.output, new CommandError('usage', withoutPrefix(error.message)), true)
  return exitCodes.usage
}

const withoutPrefix = (message: string): string => message.replace(/^error: /, '')

/** The program, as far as a command line needs it. `site` hears its help and the words about wrong usage. */
export async function buildProgram(
  argv: string[],
  run: Run,
  { output }: Pick<Site, 'output'>,
  isJson: boolean,
): Promise<Command> {
  const program = new Command('quanhub')
    .description('A self-hosted coupon hub (券枢): issues, redeems, tells and proves.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpCommand(true)
    .showHelpAfterError(isJson ? false : '(add --help for the options)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.line(text.trimEnd()),
      writeErr: (text) => output.error(text.trimEnd()),
      outputError: (text, write) => {
        if (!isJson) write(text)
      },
      getOutHelpWidth: () => output.columns,
      getErrHelpWidth: () => output.columns,
    })
  for (const register of await registersOf(argv)) register(program, run)
  for (const leaf of leavesOf(program)) addCommonOptions(leaf)
  return program
}

const readVersion = (): string => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** The commands that do something, as opposed to those that only hold others. */
export function leavesOf(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf)
}

function addCommonOptions(command: Command): void {
  command.option('--json', 'print the result, or the error, as JSON')
  command.option('--actor <name>', 'who acts, for the audit (default: your user name)')
  if (!command.options.some(({ long }) => long === '--reason')) {
    command.option('--reason <text>', 'why, for the audit')
  }
}
