import type { Command } from 'commander'
import { given } from '../../core/back-office/fields.ts'
import { addMerchant, updateMerchant } from '../../core/back-office/merchants.ts'
import { pairKey } from '../../core/set-up/snapshot.ts'
import type { MerchantRow } from '../../db/set-up.ts'
import type { CommandContext } from '../context.ts'
import type { Report } from '../output.ts'
import type { Run } from '../run.ts'
import { showFlag, showTime } from '../show.ts'
import { addReads, type Reads } from './reads.ts'
import { addSwitches } from './switches.ts'

type MerchantOptions = { name?: string; brand?: string | false }

export function registerMerchant(program: Command, run: Run): void {
  const group = program.command('merchant').description('merchants of an acceptor')
  withOptions(group.command('add <acceptor> <no>').description('add a merchant')).action(
    run.onHub((context, options: MerchantOptions, ...ids) => change(context, addMerchant, 'added', ids, options)),
  )
  withOptions(group.command('update <acceptor> <no>').description('change what is given'))
    .option('--no-brand', 'of no brand any more')
    .action(
      run.onHub((context, options: MerchantOptions, ...ids) =>
        change(context, updateMerchant, 'changed', ids, options),
      ),
    )
  addReads(group, run, reads)
  addSwitches(group, run, 'merchant', '<acceptor> <no>')
}

const withOptions = (command: Command): Command =>
  command
    .option('--name <name>', 'what people call it (when added: the number)')
    .option('--brand <brand>', 'the brand that templates may name (--redeemable-at brand=…)')

async function change(
  context: CommandContext,
  act: typeof addMerchant,
  done: string,
  [acceptorId = '', no = '']: string[],
  { name, brand }: MerchantOptions,
): Promise<Report> {
  const changes = given({ name, brand: brand === false ? null : brand })
  const row = await act(await context.core(), context.operator, { acceptorId, no, ...changes })
  return { value: row, lines: [`Merchant ${no} of acceptor ${acceptorId} is ${done}.`] }
}

const reads: Reads<MerchantRow> = {
  kind: 'merchant',
  plural: 'merchants',
  args: '<acceptor> <no>',
  rows: (setup) => [...setup.merchants.values()],
  idOf: (row) => pairKey(row.acceptorId, row.no),
  head: ['acceptor', 'no', 'name', 'brand', 'enabled'],
  cells: (row) => [row.acceptorId, row.no, row.name, row.brand ?? '-', showFlag(row.isEnabled)],
  fields: ({ acceptorId, no, name, brand, isEnabled, createdAt }) => ({
    acceptor: acceptorId,
    no,
    name,
    brand: brand ?? '-',
    enabled: showFlag(isEnabled),
    added: showTime(createdAt),
  }),
}
