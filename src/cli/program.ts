import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import type { Site } from './context.ts'
import { errorExitCode, printError } from './errors.ts'
import { CommandError, exitCodes } from './exit-codes.ts'
import { createRun, type Run } from './run.ts'
import { registerMigrate } from './migrate.ts'
import { registerAudit } from './audit.ts'
import { registerCodes } from './codes.ts'
import { registerCoupon } from './coupon.ts'
import { registerExplain } from './explain.ts'
import { registerKey } from './key.ts'
import { registerNotification } from './notification.ts'
import { registerOrder } from './order.ts'
import { registerPartner } from './partner-check.ts'
import { registerReconcile } from './reconcile.ts'
import { registerRedemption } from './redemption.ts'
import { registerRefusal } from './refusal.ts'
import { registerRule } from './rule.ts'
import { registerAcceptor } from './set-up/acceptor.ts'
import { registerActivity } from './set-up/activity.ts'
import { registerApp } from './set-up/app.ts'
import { registerChannel } from './set-up/channel.ts'
import { registerDeliverLink } from './set-up/deliver-link.ts'
import { registerMerchant } from './set-up/merchant.ts'
import { registerRoute } from './set-up/route.ts'
import { registerShop } from './set-up/shop.ts'
import { registerSupplier } from './set-up/supplier.ts'
import { registerTemplate } from './set-up/template.ts'
import { registerDemo } from './demo.ts'
import { registerSandbox } from './sandbox.ts'
import { registerServe } from './serve.ts'
import { registerVerify } from './verify.ts'

/** Every command of the program, in the order of its help. Each file adds its own. */
const commands: ((program: Command, run: Run) => void)[] = [
  registerServe,
  registerSandbox,
  registerDemo,
  registerVerify,
  registerReconcile,
  registerMigrate,
  registerKey,
  registerChannel,
  registerAcceptor,
  registerApp,
  registerMerchant,
  registerShop,
  registerSupplier,
  registerRoute,
  registerActivity,
  registerTemplate,
  registerDeliverLink,
  registerCodes,
  registerOrder,
  registerCoupon,
  registerRedemption,
  registerNotification,
  registerExplain,
  registerRefusal,
  registerRule,
  registerPartner,
  registerAudit,
]

/** Runs a command line (without node and program) at a site, and answers its exit code. Never rejects. */
export async function execute(argv: string[], site: Site): Promise<number> {
  let exitCode: number = exitCodes.done
  const isJson = argv.includes('--json')
  const program = buildProgram(
    createRun(site, (code) => (exitCode = code)),
    site,
    isJson,
  )
  try {
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

/** The whole program. `site` hears its help and the words about wrong usage. */
export function buildProgram(run: Run, { output }: Pick<Site, 'output'>, isJson: boolean): Command {
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
  for (const register of commands) register(program, run)
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
