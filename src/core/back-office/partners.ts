import { z } from 'zod'
import type { AcceptorRow, ChannelRow } from '../../db/set-up.ts'
import type { Operator } from '../command/operator.ts'
import { actOnSetup, type SetupCore } from './act.ts'
import { idField, nameField } from '../../read/fields.ts'
import { given, parseInput, pickFrom, requireChanges, requireFound, requireFree } from './fields.ts'
import { acceptorSettingsSchema, channelSettingsSchema } from '../set-up/settings.ts'
import type { Setup } from '../set-up/snapshot.ts'

// Channels (which take codes) and acceptors (which redeem them) are set up alike: an id, a name and settings.

type Partner = ChannelRow | AcceptorRow
type Kind = {
  kind: 'channel' | 'acceptor'
  table: 'channels' | 'acceptors'
  settings: z.ZodObject
  find: (setup: Setup, id: string) => Partner | undefined
  /** Columns that only this kind has, as an operator's act leaves them. */
  blank: object
}

const channelKind: Kind = {
  kind: 'channel',
  table: 'channels',
  settings: channelSettingsSchema,
  find: (setup, id) => setup.channels.get(id),
  blank: { written: null },
}
const acceptorKind: Kind = {
  kind: 'acceptor',
  table: 'acceptors',
  settings: acceptorSettingsSchema,
  find: (setup, id) => setup.acceptors.get(id),
  blank: {},
}

const inputSchema = z.strictObject({
  id: idField(),
  name: nameField.optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
})

export type ChannelInput = { id: string; name?: string; settings?: Partial<z.input<typeof channelSettingsSchema>> }
export type AcceptorInput = { id: string; name?: string; settings?: Partial<z.input<typeof acceptorSettingsSchema>> }

/** Adds a channel (Lakala: its id is the owner_id, at most 8 characters there). The name is the id where absent. */
export const addChannel = (core: SetupCore, operator: Operator, input: ChannelInput): Promise<ChannelRow> =>
  add<ChannelRow>(channelKind, core, operator, input)

/** Changes a channel's name, and those settings that are given; one given as `undefined` goes back to its default. */
export const updateChannel = (core: SetupCore, operator: Operator, input: ChannelInput): Promise<ChannelRow> =>
  update<ChannelRow>(channelKind, core, operator, input)

/** Adds an acceptor (its id is the Shoubei wire's inst_no). */
export const addAcceptor = (core: SetupCore, operator: Operator, input: AcceptorInput): Promise<AcceptorRow> =>
  add(acceptorKind, core, operator, input)

export const updateAcceptor = (core: SetupCore, operator: Operator, input: AcceptorInput): Promise<AcceptorRow> =>
  update(acceptorKind, core, operator, input)

function add<Row extends Partner>(kind: Kind, core: SetupCore, operator: Operator, input: unknown): Promise<Row> {
  const { id, name = id, settings = {} } = parseInput(inputSchema, input)
  const checked = parseInput(kind.settings, settings)
  return actOnSetup(core, operator, {
    act: `${kind.kind}.add`,
    subjectKind: kind.kind,
    decide: (setup, now) => {
      requireFree(kind.find(setup, id), kind.kind, id)
      const row = { id, name, isEnabled: true, settings: checked, ...kind.blank, createdAt: now } as unknown as Row
      return { subjectId: id, before: null, after: row, writes: [{ table: kind.table, insert: row }], result: row }
    },
  })
}

function update<Row extends Partner>(kind: Kind, core: SetupCore, operator: Operator, input: unknown): Promise<Row> {
  const { id, name, settings } = parseInput(inputSchema, input)
  return actOnSetup(core, operator, {
    act: `${kind.kind}.update`,
    subjectKind: kind.kind,
    decide: (setup) => {
      const row = requireFound(kind.find(setup, id), kind.kind, id)
      const merged = settings && parseInput(kind.settings, { ...(row.settings as object), ...settings })
      const changes = given({ name, settings: merged })
      requireChanges(changes)
      const result = { ...row, ...changes } as Row
      const writes = [{ table: kind.table, update: changes, where: { id } }]
      return { subjectId: id, before: pickFrom(row, changes), after: changes, writes, result }
    },
  })
}
