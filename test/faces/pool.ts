import { numbersKey } from '../../src/core/codes/number-blocks.ts'
import { codeHash } from '../../src/core/keys/hashes.ts'
import type { Tx } from '../../src/db/client/client.ts'
import { insertRows } from '../../src/db/client/rows.ts'
import type { Keyring } from '../../src/keyring.ts'
import { world } from '../support/world.ts'

export const poolTemplate = 'T-POOL'
const sourceId = 2

/** A pool of imported codes, and a template that hands them out: the normal one in everything else. */
export async function addPool(tx: Tx, keyring: Keyring, codes: string[]): Promise<void> {
  const [normal] = await tx<object[]>`select * from templates where id = ${world.templates.normal}`
  const source = { id: sourceId, kind: 'pool', name: 'pool', alphabet: null, length: null, isEnabled: true }
  await insertRows(tx, 'code_sources', [{ ...source, createdAt: new Date(0) }])
  await insertRows(tx, 'counters', [{ key: numbersKey(sourceId), used: 0, max: codes.length }])
  const rows = codes.map((code, number) => ({ code, number, codeHash: codeHash(keyring, code) }))
  await insertRows(
    tx,
    'imported_codes',
    rows.map(({ number, codeHash }) => ({ codeHash, sourceId, number, lane: null })),
  )
  await insertRows(
    tx,
    'pool_codes',
    rows.map(({ code, number, codeHash }) => ({ sourceId, number, codeHash, cipher: keyring.encrypt(code) })),
  )
  await insertRows(tx, 'templates', [{ ...normal, id: poolTemplate, sourceId }])
  await insertRows(tx, 'activity_templates', [{ activityId: world.activityId, templateId: poolTemplate, ticketId: 78 }])
}
