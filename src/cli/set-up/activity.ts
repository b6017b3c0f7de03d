import type { Command } from 'commander'
import {
  addActivity,
  addActivityTemplate,
  removeActivityTemplate,
  updateActivity,
} from '../../core/back-office/activities.ts'
import { pairKey, type Activity, type Setup } from '../../core/set-up/snapshot.ts'
import { activity } from '../../core/nouns/activity.ts'
import type { CommandContext } from '../context.ts'
import type { Report } from '../output.ts'
import type { Run } from '../run.ts'
import { shownLimits, stockFields } from './limit-lines.ts'
import { addActs } from './noun-acts.ts'
import { readsOf } from './noun-reads.ts'
import { addReads, type Reads } from './reads.ts'
import { addStock } from './stock-command.ts'
import { addSwitches } from './switches.ts'

export function registerActivity(program: Command, run: Run): void {
  const group = program.command('activity').description('activities: in which templates are issued')
  addActs(group, run, activity, {
    add: addActivity,
    update: updateActivity,
    addHelp: 'add an activity (Lakala: its activity_id, at most 32 characters)',
    next: (id, { templates }) => (templates === undefined ? ` Next: quanhub activity add-template ${id} TEMPLATE` : ''),
  })
  registerPairs(group, run)
  addStock(group, run, 'activity')
  addReads(group, run, reads, (context, row) => stockFields(context, 'activity', row.id))
  addSwitches(group, run, 'activity', '<id>')
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
  ...readsOf(activity, {
    templateIds: (row, setup) => ({ templates: templatesOf(row, setup).join(', ') || '-', ...ticketsOf(row, setup) }),
    ...shownLimits,
  }),
  value: (row, setup) => ({ ...row, templateIds: templatesOf(row, setup) }),
}
