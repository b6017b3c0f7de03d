import type { Command } from 'commander'
import { given } from '../../core/back-office/fields.ts'
import { addRoute, nameRouteShop, rowOfRoute, updateRoute } from '../../core/back-office/routes.ts'
import { pairKey, type Route } from '../../core/set-up/snapshot.ts'
import { channelTypeNames } from '../../faces/shoubei/till.ts'
import type { CommandContext } from '../context.ts'
import type { Report } from '../output.ts'
import type { Run } from '../run.ts'
import { showFlag, showTime } from '../show.ts'
import { addReads, type Reads } from './reads.ts'
import { addSwitches } from './switches.ts'

type RouteOptions = { supplier?: string; codes?: string | false; scanned?: boolean }

export function registerRoute(program: Command, run: Run): void {
  const group = program.command('route').description("routes: whose codes an acceptor's tills redeem besides ours")
  withOptions(group.command('add <acceptor> <channel-type>').description('add a route; 10003 is 抖音, 10004 美团'))
    .requiredOption('--supplier <id>', 'whose codes they are; one of kind own stands for our own and pooled codes')
    .addHelpText('after', example)
    .action(run.onHub((context, options: RouteOptions, ...ids) => change(context, addRoute, 'added', ids, options)))
  withOptions(group.command('update <acceptor> <channel-type>').description('change what is given'))
    .option('--supplier <id>', 'whose codes they are from now on')
    .option('--no-codes', 'take no code for the supplier’s by its look')
    .option('--no-scanned', 'take codes alone')
    .action(
      run.onHub((context, options: RouteOptions, ...ids) => change(context, updateRoute, 'changed', ids, options)),
    )
  group
    .command('name-shop <acceptor> <channel-type> <shop>')
    .description('say what the supplier calls a shop (poi_id, openShopUuid …)')
    .option('--as <name>', 'its name there; without it there is none any more')
    .action(run.onHub((context, { as }: { as?: string }, ...ids) => nameShop(context, ids, as)))
  addReads(group, run, reads)
  addSwitches(group, run, 'route', '<acceptor> <channel-type>')
}

const withOptions = (command: Command): Command =>
  command
    .option('--codes <pattern>', 'how its codes look where no channel type is said: "digits 12", "any 20-40 DY"')
    .option('--scanned', 'take what tills scan, up to 512 characters')

const example = `
Codes without a channel type are looked for among our own and pooled ones first, then by the patterns of the routes
that are enabled, in the order of their channel types.

Example:
  quanhub route add 990581 10003 --supplier DOUYIN --codes "digits 15" --scanned --reason "ticket 4711"`

async function change(
  context: CommandContext,
  act: typeof addRoute,
  done: string,
  [acceptorId = '', channelType = '']: string[],
  { supplier: supplierId, codes, scanned: takesScanned }: RouteOptions,
): Promise<Report> {
  const codePattern = codes === false ? null : codes
  const changes = given({ supplierId, codePattern, takesScanned })
  const row = await act(await context.core(), context.operator, { acceptorId, channelType, ...changes })
  return { value: row, lines: [`Route ${channelType} of acceptor ${acceptorId} is ${done}.`] }
}

async function nameShop(
  context: CommandContext,
  [acceptorId = '', channelType = '', shopNo = '']: string[],
  name: string | undefined,
): Promise<Report> {
  const input = { acceptorId, channelType, shopNo, thirdShopNo: name ?? null }
  const value = await nameRouteShop(await context.core(), context.operator, input)
  const words = name === undefined ? 'has no name of its own there any more' : `is called ${name} there`
  return { value, lines: [`Shop ${shopNo} ${words}.`] }
}

const reads: Reads<Route> = {
  kind: 'route',
  plural: 'routes',
  args: '<acceptor> <channel-type>',
  rows: (setup) => [...setup.routes.values()],
  idOf: (row) => pairKey(row.acceptorId, row.channelType),
  head: ['acceptor', 'channel type', 'name', 'supplier', 'codes', 'enabled'],
  cells: (row) => [
    row.acceptorId,
    row.channelType,
    channelTypeNames.get(row.channelType) ?? '-',
    row.supplierId,
    row.codePattern?.text ?? '-',
    showFlag(row.isEnabled),
  ],
  fields: ({ acceptorId, channelType, supplierId, codePattern, thirdShopNos, ...row }) => ({
    acceptor: acceptorId,
    'channel type': channelType,
    name: channelTypeNames.get(channelType) ?? '-',
    supplier: supplierId,
    codes: codePattern?.text ?? 'none without a channel type',
    scanned: showFlag(row.takesScanned),
    ...Object.fromEntries([...thirdShopNos].map(([no, name]) => [`shop ${no}`, name])),
    enabled: showFlag(row.isEnabled),
    added: showTime(row.createdAt),
  }),
  value: ({ thirdShopNos, ...route }) => ({ ...rowOfRoute(route), thirdShopNos: Object.fromEntries(thirdShopNos) }),
}
