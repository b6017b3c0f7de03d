import type { Command } from 'commander'
import { changeStock, type Stocked } from '../../core/back-office/stock.ts'
import type { CommandContext } from '../context.ts'
import type { Report } from '../output.ts'
import { signed } from '../parse.ts'
import type { Run } from '../run.ts'

/** Adds `stock <id> ±n` to a group. */
export function addStock(group: Command, run: Run, kind: Stocked): void {
  group
    .command('stock')
    .description(`add to the stock of the ${kind}, or take from it, down to what is issued`)
    .argument('<id>')
    .argument('<change>', '+n or -n', signed)
    // A negative number looks like an option to the parser: unknown options are taken as arguments here.
    .allowUnknownOption()
    .action(run.onHub((context, _: unknown, id, change) => changeOne(context, kind, id, Number(change))))
}

async function changeOne(context: CommandContext, kind: Stocked, id: string, amount: number): Promise<Report> {
  const { used, max } = await changeStock(await context.core(), context.operator, { kind, id, amount })
  const lines = [`The stock of ${kind} ${id} is now ${max}: ${used} are issued, ${max - used} are left.`]
  return { value: { kind, id, stock: max, issued: used, left: max - used }, lines }
}
