import type { Command } from 'commander'
import {
  addActivity,
  addActivityTemplate,
  removeActivityTemplate,
  updateActivity,
} from '../../core/back-office/activities.ts'
import { given } from '../../core/back-office/fields.ts'
import { pairKey, type Activity, type Setup } from '../../core/set-up/snapshot.ts'
import type { CommandContext } from '../context.ts'
import type { Report } from '../output.ts'
import { list, orNull, stock, time } from '../parse.ts'
import type { Run } from '../run.ts'
import { showFlag, showTime } from '../show.ts'
import { addLimits, limitFields, limitsFrom, stockFields, type LimitOptions } from './limit-options.ts'
import { requireCallbackUrl } from './addresses.ts'
import { addReads, type Reads } from './reads.ts'
import { settingsFrom } from './settings-options.ts'
import { addStock } from './stock-command.ts'
import { addSwitches } from './switches.ts'
import { showWritten } from './written.ts'

type SharedOptions = LimitOptions & { name?: string; channel?: string; verifyNotifyUrl?: string }
type UpdateOptions = SharedOptions & { from?: Date; until?: Date }
type AddOptions = SharedOptions & {
  from: Date
  until: Date
  stock: number | 'unlimited'
  templates?: string[]
}

export function registerActivity(program: Command, run: Run): void {
  const group = program.command('activity').description('activities: in which templates are issued')
  const add = group.command('add <id>').description('add an activity (Lakala: its activity_id, at most 32 characters)')
  addShared(add.option('--name <name>', 'what people call it (default: the id)'))
    .requiredOption('--from <time>', 'when it begins, Asia/Shanghai', time)
    .requiredOption('--until <time>', 'the first instant at which it is over', time)
    .option('--stock <n>', 'how many coupons in all, or unlimited (which stays so)', stock, 'unlimited')
    .option('--templates <ids>', 'the templates that it issues, with commas', list)
    .action(run.onHub((context, options: AddOptions, id) => addOne(context, id, options)))
  const update = group.command('update <id>').description('change what is given')
  addShared(update.option('--name <name>', 'what people call it'))
    .option('--from <time>', 'when it begins', time)
    .option('--until <time>', 'the first instant at which it is over', time)
    .action(run.onHub((context, options: UpdateOptions, id) => updateOne(context, id, options)))
  registerPairs(group, run)
  addStock(group, run, 'activity')
  addReads(group, run, reads, (context, row) => stockFields(context, 'activity', row.id))
  addSwitches(group, run, 'activity', '<id>')
}

const addShared = (command: Command): Command =>
  addLimits(command)
    .option('--channel <id>', 'the one channel that may take its coupons (default: every channel)')
    .option('--verify-notify-url <url>', 'where redemptions are told, where the template does not say (whale)')

function settingsOf(context: CommandContext, { channel: channelId, verifyNotifyUrl }: SharedOptions) {
  requireCallbackUrl(context, '--verify-notify-url', verifyNotifyUrl)
  return settingsFrom({ channelId, verifyNotifyUrl })
}

function registerPairs(group: Command, run: Run): void {
  group
    .command('add-template <activity> <template>')
    .description('let the activity issue the template')
    .action(run.onHub((context, _: unknown, ...ids) => changePair(context, addActivityTemplate, 'issues', ids)))
  group
    .command('remove-template <activity> <template>')
    .description('let the activity issue the template no more; coupons that are out stay')
    .action(
      run.onHub((context, _: unknown, ...ids) => changePair(context, removeActivityTemplate, 'no longer issues', ids)),
    )
}

async function addOne(context: CommandContext, id: string, options: AddOptions): Promise<Report> {
  const { name, from: startsAt, until: endsAt, templates: templateIds } = options
  const rest = { ...given({ name, templateIds }), ...limitsFrom(options), ...settingsOf(context, options) }
  const input = { id, startsAt, endsAt, stock: orNull(options.stock), ...rest }
  const row = await addActivity(await context.core(), context.operator, input)
  const hint = templateIds === undefined ? ` Next: quanhub activity add-template ${id} TEMPLATE` : ''
  return { value: row, lines: [`Activity ${id} is added.${hint}`] }
}

async function updateOne(context: CommandContext, id: string, options: UpdateOptions): Promise<Report> {
  const { name, from: startsAt, until: endsAt } = options
  const changes = { ...given({ name, startsAt, endsAt }), ...limitsFrom(options) }
  const input = { id, ...changes, ...settingsOf(context, options) }
  const row = await updateActivity(await context.core(), context.operator, input)
  return { value: row, lines: [`Activity ${id} is changed.`] }
}

async function changePair(
  context: CommandContext,
  act: typeof addActivityTemplate,
  words: string,
  [activityId = '', templateId = '']: string[],
): Promise<Report> {
  const pair = await act(await context.core(), context.operator, { activityId, templateId })
  return { value: pair, lines: [`Activity ${activityId} ${words} template ${templateId}.`] }
}

const templatesOf = (row: Activity, setup: Setup): string[] =>
  [...setup.templates.keys()].filter((id) => setup.activityTemplates.has(pairKey(row.id, id)))

const ticketsOf = (row: Activity, setup: Setup): Record<string, number> =>
  Object.fromEntries(
    templatesOf(row, setup).map((id) => [
      `ticket of ${id}`,
      setup.activityTemplates.get(pairKey(row.id, id))!.ticketId,
    ]),
  )

const reads: Reads<Activity> = {
  kind: 'activity',
  plural: 'activities',
  args: '<id>',
  rows: (setup) => [...setup.activities.values()],
  idOf: (row) => row.id,
  head: ['id', 'name', 'from', 'until', 'enabled'],
  cells: (row) => [row.id, row.name, showTime(row.startsAt), showTime(row.endsAt), showFlag(row.isEnabled)],
  fields: (row, setup) => ({
    id: row.id,
    name: row.name,
    enabled: showFlag(row.isEnabled),
    from: showTime(row.startsAt),
    until: showTime(row.endsAt),
    templates: templatesOf(row, setup).join(', ') || '-',
    ...ticketsOf(row, setup),
    channel: row.settings.channelId,
    'verify notify url': row.settings.verifyNotifyUrl,
    ...limitFields(row),
    added: showTime(row.createdAt),
    ...showWritten(row.written),
  }),
  value: (row, setup) => ({ ...row, templateIds: templatesOf(row, setup) }),
}
