import { z } from 'zod'
import type { AppKeyRow } from '../../db/set-up.ts'
import type { SetupWrite } from '../../db/set-up-writes.ts'
import { idField, nameField } from '../../read/fields.ts'
import { refuse } from '../command/errors.ts'
import type { Operator } from '../command/command.ts'
import { actOnSetup, type SetupCore } from './act.ts'
import { describeKey, inboundKeySchema, outboundKeySchema, readInboundKey, readOutboundKey } from './app-key-input.ts'
import { given, parseInput, requireChanges, requireFound, requireFree } from './fields.ts'
import { appSettingsSchema } from '../set-up/settings.ts'
import { pairKey, type App, type Setup } from '../set-up/snapshot.ts'

const settingsField = z.record(z.string(), z.unknown())
const channelsField = z.array(idField()).min(1, 'names at least one channel')

const appSchema = z.strictObject({
  face: idField(32),
  id: idField(),
  name: nameField.optional(),
  channelIds: channelsField.optional(),
  acceptorId: idField().optional(),
  settings: settingsField.default({}),
  inbound: inboundKeySchema,
  /** What the hub signs with; one is made where it is absent. None where a secret is shared: that signs both ways. */
  outbound: outboundKeySchema.optional(),
})
export type AppInput = Omit<z.input<typeof appSchema>, 'settings'> & {
  settings?: Partial<z.input<typeof appSettingsSchema>>
}

/** `publicKey` is what the partner needs to check what the hub signs; null where a secret is shared. */
export type AddedApp = { face: string; id: string; publicKey: string | null; serialNo: string | null }

/**
 * Adds an app, which acts for channels or for one acceptor or sets the hub up, with the key of the partner and the hub's own. Both keys
 * are valid from now on.
 */
export async function addApp(core: SetupCore, operator: Operator, input: AppInput): Promise<AddedApp> {
  const app = parseInput(appSchema, input)
  const settings = parseInput(appSettingsSchema, app.settings)
  const roles = [app.channelIds !== undefined, app.acceptorId !== undefined, settings.isBackOffice]
  if (roles.filter(Boolean).length !== 1) {
    const words = 'an app either acts for channels, or for one acceptor, or sets the hub up (back office)'
    refuse('bad_request', words, { field: 'channelIds' })
  }
  const { keyring } = core.hub
  const inbound = readInboundKey(core.hub, app.face, app.inbound)
  const outbound = inbound.publicKey !== null ? await readOutboundKey(app.outbound ?? {}, keyring) : undefined
  return actOnSetup(core, operator, {
    act: 'app.add',
    subjectKind: 'app',
    decide: (setup, now) => {
      const { face, id, name = id, channelIds = [], acceptorId = null } = app
      const subjectId = pairKey(face, id)
      requireFree(setup.apps.get(subjectId), 'app', subjectId)
      requirePartners(setup, channelIds, acceptorId)
      const row = { face, id, name, acceptorId, isEnabled: true, settings, createdAt: now }
      const start = { face, appId: id, no: 1, validFrom: now, validUntil: null }
      const keys: AppKeyRow[] = [
        { ...start, ...inbound, direction: 'inbound' },
        ...(outbound === undefined ? [] : [{ ...start, ...outbound, direction: 'outbound' as const }]),
      ]
      const writes: SetupWrite[] = [
        { table: 'apps', insert: row },
        ...linkWrites(face, id, channelIds),
        ...keys.map((key) => ({ table: 'app_keys' as const, insert: key })),
      ]
      const after = { ...row, channelIds, keys: keys.map(describeKey) }
      const result = { face, id, publicKey: outbound?.publicKey ?? null, serialNo: outbound?.serialNo ?? null }
      return { subjectId, before: null, after, writes, result }
    },
  })
}

const linkWrites = (face: string, appId: string, channelIds: string[]): SetupWrite[] =>
  channelIds.map((channelId) => ({ table: 'app_channels', insert: { face, appId, channelId } }))

function requirePartners(setup: Setup, channelIds: string[], acceptorId: string | null): void {
  for (const id of channelIds) requireFound(setup.channels.get(id), 'channel', id)
  if (acceptorId !== null) requireFound(setup.acceptors.get(acceptorId), 'acceptor', acceptorId)
}

const updateSchema = z.strictObject({
  face: idField(32),
  id: idField(),
  name: nameField.optional(),
  addChannelIds: z.array(idField()).default([]),
  removeChannelIds: z.array(idField()).default([]),
  settings: settingsField.optional(),
})
export type AppUpdate = z.input<typeof updateSchema>

/** Changes an app's name, the settings that are given, and the channels that it acts for. */
export function updateApp(
  core: SetupCore,
  operator: Operator,
  input: AppUpdate,
): Promise<{ face: string; id: string }> {
  const { face, id, name, settings, addChannelIds, removeChannelIds } = parseInput(updateSchema, input)
  return actOnSetup(core, operator, {
    act: 'app.update',
    subjectKind: 'app',
    decide: (setup) => {
      const subjectId = pairKey(face, id)
      const app = requireFound(setup.apps.get(subjectId), 'app', subjectId)
      const merged = settings && parseInput(appSettingsSchema, { ...app.settings, ...settings })
      if (merged !== undefined && merged.isBackOffice !== app.settings.isBackOffice) {
        refuse('bad_request', `app ${id} is for the back office or it is not, for ever: add another one`)
      }
      const changes = given({ name, settings: merged })
      const channelIds = channelsAfter(setup, app, addChannelIds, removeChannelIds)
      requireChanges({ ...changes, ...(addChannelIds.length + removeChannelIds.length > 0 ? { channelIds } : {}) })
      const writes: SetupWrite[] = [
        { table: 'apps', update: changes, where: { face, id } },
        ...linkWrites(
          face,
          id,
          channelIds.filter((channelId) => !app.channelIds.has(channelId)),
        ),
        ...removeChannelIds.map((channelId) => ({
          table: 'app_channels' as const,
          delete: { face, appId: id, channelId },
        })),
      ]
      const before = { name: app.name, settings: app.settings, channelIds: [...app.channelIds] }
      return { subjectId, before, after: { ...before, ...changes, channelIds }, writes, result: { face, id } }
    },
  })
}

function channelsAfter(setup: Setup, app: App, added: string[], removed: string[]): string[] {
  if (added.length > 0 && (app.acceptorId !== null || app.settings.isBackOffice)) {
    const role = app.acceptorId === null ? 'sets the hub up' : `acts for acceptor ${app.acceptorId}`
    refuse('bad_request', `app ${app.id} ${role}, so it cannot act for channels`)
  }
  for (const id of added) requireFound(setup.channels.get(id), 'channel', id)
  for (const id of removed) if (!app.channelIds.has(id)) refuse('setup_not_found', `app ${app.id} has no channel ${id}`)
  const left = [...app.channelIds, ...added].filter((id) => !removed.includes(id))
  if (left.length === 0 && app.channelIds.size > 0) refuse('bad_request', 'an app needs a channel: disable it instead')
  return [...new Set(left)]
}
