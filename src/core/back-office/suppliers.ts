import { z } from 'zod'
import type { SupplierRow } from '../../db/set-up.ts'
import type { SetupWrite } from '../../db/set-up-writes.ts'
import type { Keyring } from '../../keyring.ts'
import { idField, nameField } from '../../read/fields.ts'
import { refuse } from '../command/errors.ts'
import { ownKind } from '../supplier/supplier-of.ts'
import type { Operator } from '../command/command.ts'
import { actOnSetup, type SetupCore } from './act.ts'
import { chooseCodeSource, makeSupplierPool, type ChosenSource } from './code-sources.ts'
import { given, parseInput, requireChanges, requireFound, requireFree } from './fields.ts'
import type { Setup, SupplierSetup } from '../set-up/snapshot.ts'
import { openSettings, readSupplierSettings } from './supplier-settings.ts'

const settingsField = z.record(z.string(), z.unknown())

const addSchema = z.strictObject({
  id: idField(),
  /** How it is spoken to; `own` makes no codes: it is a name for rules to hang on. */
  kind: idField(32),
  name: nameField.optional(),
  settings: settingsField.default({}),
})
export type SupplierInput = z.input<typeof addSchema>

const updateSchema = z.strictObject({ id: idField(), name: nameField.optional(), settings: settingsField.optional() })
export type SupplierUpdate = z.input<typeof updateSchema>

/** A supplier as it may be shown. */
export type ShownSupplier = Omit<SupplierRow, 'secrets'>

/** Adds a supplier, with a pool for the codes that it makes. Its secret settings are kept encrypted. */
export function addSupplier(core: SetupCore, operator: Operator, input: SupplierInput): Promise<ShownSupplier> {
  const { id, kind, name = id, settings } = parseInput(addSchema, input)
  const kept = readSupplierSettings(core.hub, kind, settings)
  return actOnSetup(core, operator, {
    act: 'supplier.add',
    subjectKind: 'supplier',
    decide: (setup, now) => {
      requireFree(setup.suppliers.get(id), 'supplier', id)
      requireFreeName(setup, name)
      const source = sourceForSupplier(setup, id, kind, core.hub.keyring, now)
      const { secrets, settings: shownSettings } = kept
      const row: ShownSupplier = {
        id,
        kind,
        name,
        sourceId: source.sourceId,
        isEnabled: true,
        settings: shownSettings,
        written: null,
        createdAt: now,
      }
      const writes: SetupWrite[] = [...source.writes, { table: 'suppliers', insert: { ...row, secrets } }]
      return { subjectId: id, before: null, after: row, writes, result: row }
    },
  })
}

/** The pool for a new supplier's codes; the hub's own digits where it makes none. */
export const sourceForSupplier = (setup: Setup, id: string, kind: string, keyring: Keyring, now: Date): ChosenSource =>
  kind === ownKind
    ? chooseCodeSource(setup, { alphabet: 'digits', length: 16 }, keyring, now)
    : makeSupplierPool(setup, id, now)

function requireFreeName(setup: Setup, name: string, id?: string): void {
  const other = [...setup.suppliers.values()].find((supplier) => supplier.name === name && supplier.id !== id)
  if (other === undefined) return
  refuse('setup_conflict', `supplier ${other.id} has the name ${name} already`, { field: 'name' })
}

/**
 * Changes the name, and those settings that are given; one given as null goes back to its default. What is asked under
 * way goes on as it began.
 */
export function updateSupplier(core: SetupCore, operator: Operator, input: SupplierUpdate): Promise<ShownSupplier> {
  const { id, name, settings } = parseInput(updateSchema, input)
  return actOnSetup(core, operator, {
    act: 'supplier.update',
    subjectKind: 'supplier',
    decide: (setup) => {
      const row = requireFound(setup.suppliers.get(id), 'supplier', id)
      if (name !== undefined) requireFreeName(setup, name, id)
      const kept = settings && readSupplierSettings(core.hub, row.kind, { ...row.settings, ...settings })
      const changes = given({ name, ...kept })
      requireChanges(changes)
      const before = { name: row.name, settings: openSettings(core.hub, row.settings) }
      const after = { name: name ?? row.name, settings: kept?.settings ?? before.settings }
      const writes: SetupWrite[] = [{ table: 'suppliers', update: changes, where: { id } }]
      return { subjectId: id, before, after, writes, result: { ...row, ...after } }
    },
  })
}

/** How the set-up names a supplier's pool; undefined where it makes no codes. */
export const poolOfSupplier = (setup: Setup, { kind, sourceId }: SupplierSetup): string | undefined =>
  kind === ownKind ? undefined : setup.codeSources.get(sourceId)?.name
