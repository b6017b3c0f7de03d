import type { Command } from 'commander'
import { given } from '../../core/back-office/fields.ts'
import { addShop, updateShop } from '../../core/back-office/merchants.ts'
import { pairKey } from '../../core/set-up/snapshot.ts'
import type { ShopRow } from '../../db/set-up.ts'
import type { CommandContext } from '../context.ts'
import type { Report } from '../output.ts'
import type { Run } from '../run.ts'
import { showFlag, showTime } from '../show.ts'
import { addReads, type Reads } from './reads.ts'
import { addSwitches } from './switches.ts'

type ShopOptions = { merchant?: string; name?: string; city?: string }

export function registerShop(program: Command, run: Run): void {
  const group = program.command('shop').description('shops of a merchant')
  withOptions(
    group.command('add <acceptor> <no>').description("add a shop (its number is unique among the acceptor's)"),
  )
    .requiredOption('--merchant <no>', 'the merchant that it belongs to')
    .action(run.onHub((context, options: ShopOptions, ...ids) => change(context, addShop, 'added', ids, options)))
  withOptions(group.command('update <acceptor> <no>').description('change what is given'))
    .option('--merchant <no>', 'the merchant that it belongs to from now on')
    .action(run.onHub((context, options: ShopOptions, ...ids) => change(context, updateShop, 'changed', ids, options)))
  addReads(group, run, reads)
  addSwitches(group, run, 'shop', '<acceptor> <no>')
}

const withOptions = (command: Command): Command =>
  command
    .option('--name <name>', 'what people call it (when added: the number)')
    .option('--city <id>', 'the city that it is in')

async function change(
  context: CommandContext,
  act: typeof addShop,
  done: string,
  [acceptorId = '', no = '']: string[],
  { merchant, name, city }: ShopOptions,
): Promise<Report> {
  const changes = given({ merchantNo: merchant, name, cityId: city })
  const row = await act(await context.core(), context.operator, { acceptorId, no, ...changes })
  return { value: row, lines: [`Shop ${no} of acceptor ${acceptorId} is ${done}.`] }
}

const reads: Reads<ShopRow> = {
  kind: 'shop',
  plural: 'shops',
  args: '<acceptor> <no>',
  rows: (setup) => [...setup.shops.values()],
  idOf: (row) => pairKey(row.acceptorId, row.no),
  head: ['acceptor', 'no', 'merchant', 'name', 'enabled'],
  cells: (row) => [row.acceptorId, row.no, row.merchantNo, row.name, showFlag(row.isEnabled)],
  fields: ({ acceptorId, no, merchantNo, name, cityId, isEnabled, createdAt }) => ({
    acceptor: acceptorId,
    no,
    merchant: merchantNo,
    name,
    city: cityId ?? '-',
    enabled: showFlag(isEnabled),
    added: showTime(createdAt),
  }),
}
