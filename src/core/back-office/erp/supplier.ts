import type { SupplierRow } from '../../../db/set-up.ts'
import type { SetupWrite } from '../../../db/set-up-writes.ts'
import { refuse } from '../../command/errors.ts'
import { ownKind } from '../../supplier/supplier-of.ts'
import type { SetupCore, SetupRequest } from '../act.ts'
import { isSameContent } from '../same-content.ts'
import type { SupplierSetup } from '../../set-up/snapshot.ts'
import { closedSettings, openSettings, readSupplierSettings, type KeptSettings } from '../supplier-settings.ts'
import { sourceForSupplier } from '../suppliers.ts'
import { insertByErp, nextErpId, type ErpInput, type Inserted } from './insert.ts'

type Config = Record<string, unknown>

/** A supplier as an ERP writes it; `fields` are those around its config. */
export type ErpSupplier = ErpInput & { name: string; config: Config }

/** The kind that makes codes over this wire. */
const askedKind = 'esb'

/**
 * 新增制码渠道: by its name, with a number of ours. One that says nowhere where codes are asked for makes none: its
 * templates have codes of ours, or of an imported pool.
 */
export function insertSupplier(core: SetupCore, request: SetupRequest, input: ErpSupplier): Promise<Inserted> {
  const { hub } = core
  const { name, config, isActive } = input
  const kind = config['makeCodeURL'] === undefined ? ownKind : askedKind
  const kept = readConfig(core, kind, config)
  const fields = { ...input.fields, sendChannelConfig: openSettings(hub, config) }
  return insertByErp<SupplierSetup>(core, request, {
    kind: 'supplier',
    input: { ...input, fields },
    find: (setup) => [...setup.suppliers.values()].find((supplier) => supplier.name === name),
    // Secrets are not among what is kept as written.
    isSame: (row) => isSameContent(closedSettings(hub, row.settings), closedSettings(hub, config)),
    add: ({ setup, now, written }) => {
      const isTaken = (id: string): boolean => setup.suppliers.has(id)
      const id = nextErpId(setup.suppliers.values(), isTaken)
      const { sourceId, writes } = sourceForSupplier(setup, id, kind, hub.keyring, now)
      const { secrets, settings } = kept
      const row: Omit<SupplierRow, 'secrets'> = {
        id,
        kind,
        name,
        sourceId,
        isEnabled: isActive,
        settings,
        written,
        createdAt: now,
      }
      return { id, after: row, writes: [...writes, { table: 'suppliers', insert: { ...row, secrets } }] }
    },
    change: ({ row, written, isEnabled }) => {
      requireSameKind(row, kind)
      const changes = { ...kept, written, isEnabled }
      const after = { settings: kept.settings, written, isEnabled }
      const before = { settings: openSettings(hub, row.settings), written: row.written, isEnabled: row.isEnabled }
      const writes: SetupWrite[] = [{ table: 'suppliers', update: changes, where: { id: row.id } }]
      return { before, after, writes }
    },
  })
}

// One that makes no codes has no settings, but what it wrote as a secret is not to lie in the clear either.
function readConfig({ hub }: SetupCore, kind: string, config: Config): KeptSettings {
  if (kind !== ownKind) return readSupplierSettings(hub, kind, config, 'sendChannelConfig')
  const closed = closedSettings(hub, config)
  const secrets = Object.keys(closed).length === 0 ? null : hub.keyring.encrypt(JSON.stringify(closed))
  return { settings: {}, secrets }
}

// Its templates would have their codes from elsewhere all of a sudden.
function requireSameKind(row: SupplierSetup, kind: string): void {
  if (row.kind === kind) return
  const does = row.kind === ownKind ? 'makes no codes' : 'makes codes'
  const field = 'sendChannelConfig.makeCodeURL'
  refuse('setup_conflict', `${field}: supplier ${row.id} ${does}, for ever: insert another one`, { field })
}
