import { z } from 'zod'
import type { ActivityRow } from '../../db/set-up.ts'
import type { Tx } from '../../db/client/client.ts'
import type { SetupWrite } from '../../db/set-up-writes.ts'
import { takeTicketIds } from '../../db/ticket-ids.ts'
import { refuse } from '../command/errors.ts'
import type { Operator } from '../command/command.ts'
import { actOnSetup, type SetupCore } from './act.ts'
import { requireFaceTerms } from '../issue/face-terms.ts'
import {
  dateField,
  given,
  idField,
  limitFields,
  nameField,
  newLimitFields,
  parseInput,
  pickFrom,
  requireChanges,
  requireFound,
  requireFree,
  stockField,
} from './fields.ts'
import { activitySettingsSchema } from '../set-up/settings.ts'
import { pairKey, type Setup } from '../set-up/snapshot.ts'
import { newStockWrites } from './stock.ts'

const addSchema = z.strictObject({
  id: idField(),
  name: nameField.optional(),
  startsAt: dateField,
  /** The first instant at which it is over. */
  endsAt: dateField,
  ...newLimitFields,
  stock: stockField.default(null),
  templateIds: z.array(idField()).default([]),
  settings: activitySettingsSchema.default({}),
})
export type ActivityInput = z.input<typeof addSchema>

const updateSchema = z.strictObject({
  id: idField(),
  name: nameField,
  startsAt: dateField,
  endsAt: dateField,
  ...limitFields,
  /** Those that are given; one given as `undefined` is no longer set. */
  settings: activitySettingsSchema,
})
const updateInputSchema = updateSchema.partial().required({ id: true })
export type ActivityUpdate = z.input<typeof updateInputSchema>

/** Adds an activity (its id is the Lakala wire's activity_id: at most 32 characters there) with its templates. */
export function addActivity(core: SetupCore, operator: Operator, input: ActivityInput): Promise<ActivityRow> {
  const { stock, templateIds, ...activity } = parseInput(addSchema, input)
  requireOrder(activity)
  return actOnSetup(core, operator, {
    act: 'activity.add',
    subjectKind: 'activity',
    decide: async (setup, now, tx) => {
      const { id, settings } = activity
      requireFree(setup.activities.get(id), 'activity', id)
      requireChannel(setup, settings.channelId)
      const templates = templateIds.map((one) => requireFound(setup.templates.get(one), 'template', one))
      requireFaceTerms(core.hub, setup, settings.channelId, { activity, templates })
      const row = { ...activity, name: activity.name ?? id, written: null, isEnabled: true, createdAt: now }
      const writes: SetupWrite[] = [
        { table: 'activities', insert: row },
        ...newStockWrites('activity', id, stock),
        ...(await linkWrites(tx, setup, id, [...new Set(templateIds)])),
      ]
      return { subjectId: id, before: null, after: { ...row, stock, templateIds }, writes, result: row }
    },
  })
}

const requireChannel = (setup: Setup, channelId: string | undefined): void =>
  void (channelId === undefined || requireFound(setup.channels.get(channelId), 'channel', channelId))

/** Ten digits, as the document's example has it. */
const firstTicketId = 9_000_000_001

/** What lets an activity issue templates. Each pair gets the number by which channels order it. */
export async function linkWrites(
  tx: Tx,
  { tickets }: Setup,
  activityId: string,
  templateIds: readonly string[],
): Promise<SetupWrite[]> {
  if (templateIds.length === 0) return []
  const first = await takeTicketIds(tx, templateIds.length, Math.max(firstTicketId - 1, ...tickets.keys()))
  return templateIds.map((templateId, i) => ({
    table: 'activity_templates',
    insert: { activityId, templateId, ticketId: first + i },
  }))
}

export const unlinkWrite = (activityId: string, templateId: string): SetupWrite => ({
  table: 'activity_templates',
  delete: { activityId, templateId },
})

/** Changes what is given; a limit of null is none. What was issued counts on: a limit below it refuses what comes. */
export function updateActivity(core: SetupCore, operator: Operator, input: ActivityUpdate): Promise<ActivityRow> {
  const { id, settings, ...rest } = parseInput(updateInputSchema, input)
  return actOnSetup(core, operator, {
    act: 'activity.update',
    subjectKind: 'activity',
    decide: (setup) => {
      const row = requireFound(setup.activities.get(id), 'activity', id)
      requireChannel(setup, settings?.channelId)
      const merged = { ...row.settings, ...settings }
      const changes = given({ ...rest, settings: settings && merged })
      requireChanges(changes)
      const result = { ...row, ...changes } as ActivityRow
      requireOrder(result)
      requireFaceTerms(core.hub, setup, merged.channelId, { activity: result, templates: templatesOf(setup, id) })
      const writes: SetupWrite[] = [{ table: 'activities', update: changes, where: { id } }]
      return { subjectId: id, before: pickFrom(row, changes), after: changes, writes, result }
    },
  })
}

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
