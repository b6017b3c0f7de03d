import { z } from 'zod'
import { idField } from '../../read/fields.ts'
import type { Tx } from '../../db/client/client.ts'
import type { SetupWrite } from '../../db/set-up-writes.ts'
import { takeTicketIds } from '../../db/counters.ts'
import { refuse } from '../command/errors.ts'
import { activity, type ActivityInput, type ActivityRow, type ActivityUpdate } from '../nouns/activity.ts'
import type { Operator } from '../command/command.ts'
import { actOnSetup, type SetupCore } from './act.ts'
import { requireFaceTerms } from '../issue/offer.ts'
import { addDescribed, updateDescribed } from './described.ts'
import { parseInput, requireFound } from './fields.ts'
import { pairKey, type Setup } from '../set-up/snapshot.ts'
import { newStockWrites } from './stock.ts'

/** Adds an activity (its id is the Lakala wire's activity_id: at most 32 characters there) with its templates. */
export function addActivity(core: SetupCore, operator: Operator, input: ActivityInput): Promise<ActivityRow> {
  return addDescribed(core, operator, activity, input, async ({ setup, tx, row, apart }) => {
    const { templateIds, stock } = apart as { templateIds: string[]; stock: number | null }
    requireOrder(row)
    requireChannel(setup, row.settings.channelId)
    const templates = templateIds.map((one) => requireFound(setup.templates.get(one), 'template', one))
    requireFaceTerms(core.hub, setup, row.settings.channelId, { activity: row, templates })
    const links = await linkWrites(tx, setup, row.id, [...new Set(templateIds)])
    return { after: { stock, templateIds }, writes: [...newStockWrites('activity', row.id, stock), ...links] }
  })
}

const requireChannel = (setup: Setup, channelId: string | undefined): void =>
  void (channelId === undefined || requireFound(setup.channels.get(channelId), 'channel', channelId))

/** Ten digits, as the document's example has it. */
const firstTicketId = 9_000_000_001

/** What lets an activity issue templates. Each pair gets the number by which channels order it, or has it from before. */
export async function linkWrites(
  tx: Tx,
  { tickets, formerPairs }: Setup,
  activityId: string,
  templateIds: readonly string[],
): Promise<SetupWrite[]> {
  const isFormer = (templateId: string): boolean => formerPairs.has(pairKey(activityId, templateId))
  const again = templateIds.filter(isFormer).map((templateId) => switchWrite(activityId, templateId, true))
  const newIds = templateIds.filter((templateId) => !isFormer(templateId))
  if (newIds.length === 0) return again
  const known = [...tickets.keys(), ...[...formerPairs.values()].map(({ ticketId }) => ticketId)]
  const first = await takeTicketIds(tx, newIds.length, Math.max(firstTicketId - 1, ...known))
  const added = newIds.map((templateId, i): SetupWrite => {
    const insert = { activityId, templateId, ticketId: first + i, isEnabled: true }
    return { table: 'activity_templates', insert }
  })
  return [...again, ...added]
}

export const unlinkWrite = (activityId: string, templateId: string): SetupWrite =>
  switchWrite(activityId, templateId, false)

const switchWrite = (activityId: string, templateId: string, isEnabled: boolean): SetupWrite => ({
  table: 'activity_templates',
  update: { isEnabled },
  where: { activityId, templateId },
})

/** Changes what is given; a limit of null is none. What was issued counts on: a limit below it refuses what comes. */
export const updateActivity = (core: SetupCore, operator: Operator, input: ActivityUpdate): Promise<ActivityRow> =>
  updateDescribed(core, operator, activity, input, ({ setup, row }) => {
    requireChannel(setup, row.settings.channelId)
    requireOrder(row)
    requireFaceTerms(core.hub, setup, row.settings.channelId, { activity: row, templates: templatesOf(setup, row.id) })
  })

const templatesOf = (setup: Setup, activityId: string) =>
  [...setup.templates.values()].filter(({ id }) => setup.activityTemplates.has(pairKey(activityId, id)))

function requireOrder({ startsAt, endsAt }: { startsAt: Date; endsAt: Date }): void {
  if (startsAt >= endsAt) refuse('bad_request', 'endsAt: an activity ends after it starts', { field: 'endsAt' })
}

type Pair = { activityId: string; templateId: string }

/** Lets an activity issue coupons of a template. */
export const addActivityTemplate = (core: SetupCore, operator: Operator, pair: Pair): Promise<Pair> =>
  changePair(core, operator, pair, true)

/** Lets an activity issue no more coupons of a template. Those that are out stay as they are. */
export const removeActivityTemplate = (core: SetupCore, operator: Operator, pair: Pair): Promise<Pair> =>
  changePair(core, operator, pair, false)

function changePair(core: SetupCore, operator: Operator, pair: Pair, isAdded: boolean): Promise<Pair> {
  const { activityId, templateId } = parseInput(z.strictObject({ activityId: idField(), templateId: idField() }), pair)
  return actOnSetup(core, operator, {
    act: isAdded ? 'activity.add-template' : 'activity.remove-template',
    subjectKind: 'activity',
    decide: async (setup, _now, tx) => {
      const { settings } = requireFound(setup.activities.get(activityId), 'activity', activityId)
      const template = requireFound(setup.templates.get(templateId), 'template', templateId)
      if (isAdded) requireFaceTerms(core.hub, setup, settings.channelId, { templates: [template] })
      if (setup.activityTemplates.has(pairKey(activityId, templateId)) === isAdded) {
        refuse('setup_conflict', `activity ${activityId} ${isAdded ? 'has' : 'does not have'} template ${templateId}`)
      }
      const writes = isAdded
        ? await linkWrites(tx, setup, activityId, [templateId])
        : [unlinkWrite(activityId, templateId)]
      const [before, after] = isAdded ? [null, { templateId }] : [{ templateId }, null]
      return { subjectId: activityId, before, after, writes, result: { activityId, templateId } }
    },
  })
}
