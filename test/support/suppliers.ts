import { randomUUID } from 'node:crypto'
import type { Core } from '../../src/core/core.ts'
import { makeNumber } from '../../src/core/numbers/numbers.ts'
import type { SettleOutcome, SupplierSaid } from '../../src/core/command/settle.ts'
import type { SupplierRequestName } from '../../src/db/supplier-requests.ts'
import { insertRows } from '../../src/db/client/rows.ts'
import type { Database } from '../../src/db/client/client.ts'
import { raiseSetupVersion } from '../../src/db/set-up.ts'
import { world } from './world.ts'

/** A supplier of kind esb with its pool, and a template of its own in the world's activity; no stock limit. */
export const supplierWorld = { supplierId: '10000001', sourceId: 77, templateId: 'T-ESB', ticketId: 9_000_000_077 }

const since = new Date('2000-01-01T00:00:00Z')
const named = { isEnabled: true, createdAt: since }

/** Sets it up; `settings` are the supplier's (makeCodeURL, verifyURL, …). */
export async function seedSupplier(
  database: Database,
  settings: Record<string, unknown>,
  template: Record<string, unknown> = {},
  kind = 'esb',
): Promise<void> {
  const { supplierId, sourceId, templateId, ticketId } = supplierWorld
  await database.transaction(async (tx) => {
    await raiseSetupVersion(tx)
    const pool = { id: sourceId, kind: 'pool', name: `supplier-${supplierId}`, alphabet: null, length: null }
    await insertRows(tx, 'code_sources', [{ ...named, ...pool }])
    await insertRows(tx, 'counters', [{ key: `numbers:${sourceId}`, used: 0, max: 0 }])
    await insertRows(tx, 'suppliers', [
      { ...named, id: supplierId, kind, name: 'A supplier', sourceId, settings, secrets: null, written: null },
    ])
    await tx`
      insert into templates
      select (jsonb_populate_record(t, ${JSON.stringify({ id: templateId, source_id: sourceId, supplier_id: supplierId, ...template })}::text::jsonb)).*
      from templates t where id = ${world.templates.normal}`
    await insertRows(tx, 'activity_templates', [{ activityId: world.activityId, templateId, ticketId }])
  })
}

/** A code that no space of the hub has: letters and digits. */
export const foreignCode = (): string => `X${randomUUID().replaceAll('-', '').slice(0, 20).toUpperCase()}`

/** Writes down what the supplier is to have said. */
export const settleRequest = (core: Core, request: SupplierRequestName, said: SupplierSaid): Promise<SettleOutcome> => {
  const now = core.hub.now()
  return core.settle({ no: makeNumber(0, now), deadline: new Date(now.getTime() + 60_000), request, said })
}
