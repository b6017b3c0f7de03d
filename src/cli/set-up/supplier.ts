import type { Command } from 'commander'
import { requireFound, given } from '../../core/back-office/fields.ts'
import type { SupplierSetup } from '../../core/set-up/snapshot.ts'
import { openSettings, secretSettingNames } from '../../core/back-office/supplier-settings.ts'
import { addSupplier, poolOfSupplier, updateSupplier } from '../../core/back-office/suppliers.ts'
import { suppliers } from '../../suppliers/index.ts'
import type { CommandContext } from '../context.ts'
import { CommandError } from '../errors.ts'
import { readJsonFile } from '../files.ts'
import type { Report } from '../output.ts'
import type { Run } from '../run.ts'
import { showFlag, showTime } from '../show.ts'
import { addSupplierRequests } from '../supplier-requests.ts'
import { requireSupplierUrls } from './addresses.ts'
import { addReads, type Reads } from './reads.ts'
import { addSwitches } from './switches.ts'
import { showWritten } from './written.ts'

type UpdateOptions = { name?: string; settings?: string }
type AddOptions = UpdateOptions & { kind: string }

export function registerSupplier(program: Command, run: Run): void {
  const group = program.command('supplier').description('suppliers: who makes codes for us')
  withOptions(group.command('add <id>').description('add a supplier, with a pool for the codes that it makes'))
    .requiredOption(
      '--kind <kind>',
      `how it is spoken to: ${[...suppliers.keys()].join(', ')}; own makes no codes, rules may hang on it`,
    )
    .addHelpText('after', settingsHelp)
    .action(run.onHub((context, options: AddOptions, id) => addOne(context, id, options)))
  withOptions(group.command('update <id>').description('change what is given'))
    .addHelpText('after', settingsHelp)
    .action(run.onHub((context, options: UpdateOptions, id) => updateOne(context, id, options)))
  addSupplierRequests(group, run)
  addReads(group, run, reads)
  addSwitches(group, run, 'supplier', '<id>')
}

const withOptions = (command: Command): Command =>
  command
    .option('--name <name>', 'what people call it (when added: the id)')
    .option('--settings <file>', 'a JSON file with its settings; those that are not in it stay, null takes one away')

const settingsHelp = `
The settings of each kind are in docs/suppliers. Keys are kept encrypted and shown nowhere: delete the file.

Example:
  echo '{"makeCodeURL": "https://esb.example.com/make", "channelMid": "M000001545"}' > esb.json
  quanhub supplier add 123 --kind esb --settings esb.json`

async function addOne(
  context: CommandContext,
  id: string,
  { kind, name, settings: file }: AddOptions,
): Promise<Report> {
  const settings = file === undefined ? undefined : readSettings(context, kind, file)
  const row = await addSupplier(await context.core(), context.operator, { id, kind, ...given({ name, settings }) })
  return { value: row, lines: [`Supplier ${id} is added. Next: quanhub template add TEMPLATE --supplier ${id} …`] }
}

async function updateOne(
  context: CommandContext,
  id: string,
  { name, settings: file }: UpdateOptions,
): Promise<Report> {
  const core = await context.core()
  const setup = await core.setup.refresh()
  const { kind } = requireFound(setup.suppliers.get(id), 'supplier', id)
  const settings = file === undefined ? undefined : readSettings(context, kind, file)
  const row = await updateSupplier(core, context.operator, { id, ...given({ name, settings }) })
  return { value: withoutSecrets(row), lines: [`Supplier ${id} is changed.`] }
}

function readSettings(context: CommandContext, kind: string, file: string): Record<string, unknown> {
  const settings = readJsonFile(context.resolvePath(file))
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new CommandError('bad_request', `${file} is no JSON object with the settings of a supplier.`)
  }
  const fields = settings as Record<string, unknown>
  requireSupplierUrls(context, kind, fields)
  return fields
}

const withoutSecrets = <Row extends { settings: unknown }>(row: Row): Row => ({
  ...row,
  settings: openSettings({ suppliers }, row.settings as Record<string, unknown>),
})

const hidden = (row: SupplierSetup): string[] =>
  [...secretSettingNames({ suppliers })].filter((name) => row.settings[name] !== undefined)

const reads: Reads<SupplierSetup> = {
  kind: 'supplier',
  plural: 'suppliers',
  args: '<id>',
  rows: (setup) => [...setup.suppliers.values()],
  idOf: (row) => row.id,
  head: ['id', 'kind', 'name', 'enabled'],
  cells: (row) => [row.id, row.kind, row.name, showFlag(row.isEnabled)],
  fields: (row, setup) => ({
    id: row.id,
    kind: row.kind,
    name: row.name,
    enabled: showFlag(row.isEnabled),
    pool: poolOfSupplier(setup, row) ?? 'none: it makes no codes',
    ...showSettings(row),
    added: showTime(row.createdAt),
    ...showWritten(row.written),
  }),
  // Never the row itself: its settings have secrets.
  value: withoutSecrets,
}

const showSetting = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

const showSettings = (row: SupplierSetup): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(withoutSecrets(row).settings).map(([name, value]) => [name, showSetting(value)]),
  ),
  ...Object.fromEntries(hidden(row).map((name) => [name, 'set, kept encrypted'])),
})
