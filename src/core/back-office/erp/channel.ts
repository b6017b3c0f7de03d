import type { AppKeyRow, AppRow } from '../../../db/set-up.ts'
import type { SetupWrite } from '../../../db/set-up-writes.ts'
import { refuse } from '../../command/errors.ts'
import type { SetupCore, SetupRequest } from '../act.ts'
import { describeKey } from '../app-key-input.ts'
import { pickFrom } from '../fields.ts'
import { channel, type ChannelRow, type ChannelSettings } from '../../nouns/channel.ts'
import { newColumns, settingsSchemaOf } from '../../nouns/noun.ts'
import { appSettingsSchema } from '../../set-up/settings.ts'
import { pairKey, type App, type Channel, type Setup } from '../../set-up/snapshot.ts'
import { insertByErp, nextErpId, type Adding, type ErpInput, type Inserted } from './insert.ts'
import { settingsAfter } from './settings.ts'

/** A channel as an ERP writes it. */
export type ErpChannel = ErpInput & {
  name: string
  settings: Partial<ChannelSettings>
  /** What the channel signs with, as PEM. Absent: it can ask for nothing until an update brings one. */
  publicKey?: string | undefined
}

/**
 * 新增销售渠道: by its name. It gets a number of ours, an app of that number on the ERP's own face, and the key with which
 * the hub signs for the ERP, so that one public key serves all that this ERP sets up.
 */
export const insertChannel = (core: SetupCore, request: SetupRequest, input: ErpChannel): Promise<Inserted> =>
  insertByErp<Channel>(core, request, {
    kind: 'channel',
    input,
    find: (setup) => findByName(setup, input.name),
    add: (adding) => addChannel(request.app, input, adding),
    change: ({ setup, now, row, before, written, isEnabled }) => {
      const settings = settingsAfter(row.settings, before.fields['saleChannelConfig'], input.settings)
      const changes = { settings, written, isEnabled }
      const keys = keyWrites(setup, request.app.face, row.id, input.publicKey, now)
      const writes: SetupWrite[] = [{ table: 'channels', update: changes, where: { id: row.id } }, ...keys]
      return { before: pickFrom(row, changes), after: changes, writes }
    },
  })

// What an ERP made comes first: operators may call several channels by one name.
function findByName({ channels }: Setup, name: string): Channel | undefined {
  const named = [...channels.values()].filter((channel) => channel.name === name)
  return named.find(({ written }) => written !== null) ?? named[0]
}

function addChannel(asker: App, { name, isActive, settings, publicKey }: ErpChannel, { setup, now, written }: Adding) {
  const { face } = asker
  const isTaken = (id: string): boolean => setup.channels.has(id) || setup.apps.has(pairKey(face, id))
  const id = nextErpId(setup.channels.values(), isTaken)
  const row = {
    ...newColumns(channel, { id, name }),
    isEnabled: isActive,
    settings: settingsSchemaOf(channel).parse(settings),
    written,
    createdAt: now,
  } as ChannelRow
  const app: AppRow = {
    face,
    id,
    name,
    acceptorId: null,
    isEnabled: true,
    settings: appSettingsSchema.parse({}),
    createdAt: now,
  }
  const keys = [
    hubKey(setup, asker, id, now),
    ...(publicKey === undefined ? [] : [inboundKey(face, id, 1, publicKey, now)]),
  ]
  const writes: SetupWrite[] = [
    { table: 'channels', insert: row },
    { table: 'apps', insert: app },
    { table: 'app_channels', insert: { face, appId: id, channelId: id } },
    ...keys.map((key) => ({ table: 'app_keys' as const, insert: key })),
  ]
  return { id, after: { ...row, app: pairKey(face, id), keys: keys.map(describeKey) }, writes }
}

// The newest whose time has come: what the ERP's own answers are signed with today.
function hubKey({ apps }: Setup, { face, id }: App, appId: string, now: Date): AppKeyRow {
  const keys = apps.get(pairKey(face, id))?.keys ?? []
  const key = keys.findLast(({ direction, validFrom }) => direction === 'outbound' && validFrom <= now)
  if (key === undefined)
    return refuse('setup_conflict', `app ${id} has no key of the hub that its channels could share`)
  return { ...key, appId, no: 1, validFrom: now, validUntil: null }
}

const inboundKey = (face: string, appId: string, no: number, publicKey: string, now: Date): AppKeyRow => ({
  face,
  appId,
  direction: 'inbound',
  no,
  serialNo: null,
  publicKey,
  secret: null,
  validFrom: now,
  validUntil: null,
})

/** Takes another key from now on, and the one of before no longer. A key is never taken away without another one. */
function keyWrites(setup: Setup, face: string, appId: string, publicKey: string | undefined, now: Date): SetupWrite[] {
  if (publicKey === undefined) return []
  const keys = setup.apps.get(pairKey(face, appId))?.keys.filter(({ direction }) => direction === 'inbound') ?? []
  const taken = keys.filter(({ validUntil }) => validUntil === null || validUntil > now)
  if (taken.some((key) => key.publicKey === publicKey)) return []
  const no = Math.max(0, ...keys.map((key) => key.no)) + 1
  return [
    ...taken.map((key) => endWrite(key, now)),
    { table: 'app_keys', insert: inboundKey(face, appId, no, publicKey, now) },
  ]
}

// A key that was not valid for an instant leaves nothing that could end.
function endWrite({ face, appId, direction, no, validFrom }: AppKeyRow, now: Date): SetupWrite {
  const where = { face, appId, direction, no }
  return validFrom < now
    ? { table: 'app_keys', update: { validUntil: now }, where }
    : { table: 'app_keys', delete: where }
}
