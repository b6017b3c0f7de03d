import { refuse } from '../../command/errors.ts'
import type { SetupCore, SetupRequest } from '../act.ts'
import { linkWrites, unlinkWrite } from '../activities.ts'
import { pickFrom } from '../fields.ts'
import { activity, type ActivityRow, type ActivitySettings } from '../../nouns/activity.ts'
import { newColumns } from '../../nouns/noun.ts'
import { pairKey, type Activity, type Setup } from '../../set-up/snapshot.ts'
import { insertByErp, type Adding, type Changing, type ErpInput, type Inserted } from './insert.ts'
import { settingsAfter } from './settings.ts'

/** An activity as an ERP writes it. Its templates are those that are there already; absent: none are named. */
export type ErpActivity = ErpInput & {
  id: string
  name: string
  /** The one channel that may take its coupons. */
  channelId: string
  startsAt: Date
  /** The first instant at which it is over. */
  endsAt: Date
  productIds?: string[] | undefined
  settings: Partial<ActivitySettings>
}

/** 新增活动: by the ERP's own id. Refuses with `setup_not_found`, naming the wire's field. */
export const insertActivity = (core: SetupCore, request: SetupRequest, input: ErpActivity): Promise<Inserted> =>
  insertByErp<Activity>(core, request, {
    kind: 'activity',
    input,
    find: (setup) => setup.activities.get(input.id),
    add: async (adding) => {
      requireNamed(adding.setup, input)
      const row = newRow(input, adding)
      const productIds = [...new Set(input.productIds)]
      const links = await linkWrites(adding.tx, adding.setup, input.id, productIds)
      const after = { ...row, templateIds: productIds }
      return { id: input.id, after, writes: [{ table: 'activities', insert: row }, ...links] }
    },
    change: async (changing) => {
      requireNamed(changing.setup, input)
      const changes = changesOf(input, changing)
      const writes = [
        { table: 'activities' as const, update: changes, where: { id: input.id } },
        ...(await pairWrites(input, changing)),
      ]
      return { before: pickFrom(changing.row, changes), after: changes, writes }
    },
  })

function requireNamed(setup: Setup, { channelId, productIds = [] }: ErpActivity): void {
  if (!setup.channels.has(channelId)) {
    refuse('setup_not_found', `saleChannelId: there is no channel ${channelId}`, { field: 'saleChannelId' })
  }
  const missing = productIds.find((id) => !setup.templates.has(id))
  if (missing === undefined) return
  const field = 'activityConfig.productIds'
  refuse('setup_not_found', `${field}: there is no template of product ${missing}`, { field })
}

const newRow = (
  { id, name, startsAt, endsAt, isActive, channelId, settings }: ErpActivity,
  { now, written }: Adding,
): ActivityRow => {
  const columns = newColumns(activity, { id, name, startsAt, endsAt })
  const kept = { written, isEnabled: isActive, createdAt: now }
  return { ...columns, settings: { ...settings, channelId }, ...kept } as ActivityRow
}

function changesOf(
  { name, startsAt, endsAt, channelId, settings: given }: ErpActivity,
  { row, before, written, isEnabled }: Changing<Activity>,
): Partial<ActivityRow> {
  const settings = settingsAfter(row.settings, before.fields['activityConfig'], { ...given, channelId })
  return { name, startsAt, endsAt, settings, written, isEnabled }
}

// Pairs that operators made stay. What the ERP names no longer is issued no longer; coupons that are out stay.
async function pairWrites({ id, productIds }: ErpActivity, { setup, tx, before }: Changing<Activity>) {
  if (productIds === undefined) return []
  const isLinked = (templateId: string): boolean => setup.activityTemplates.has(pairKey(id, templateId))
  const added = [...new Set(productIds)].filter((templateId) => !isLinked(templateId))
  const removed = productIdsOf(before.fields).filter((templateId) => !productIds.includes(templateId))
  return [
    ...(await linkWrites(tx, setup, id, added)),
    ...removed.filter(isLinked).map((templateId) => unlinkWrite(id, templateId)),
  ]
}

const productIdsOf = ({ activityConfig }: Record<string, unknown>): string[] =>
  ((activityConfig as { productIds?: (number | string)[] } | undefined)?.productIds ?? []).map(String)
