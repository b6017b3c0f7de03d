import { changeCounterMax, lockCounters } from '../../../db/counters.ts'
import type { Tx } from '../../../db/client/client.ts'
import { refuse } from '../../command/errors.ts'
import { stockKey } from '../../issue/limits.ts'
import type { Setup } from '../../set-up/snapshot.ts'

const field = 'templateConfig.stock'

/**
 * Brings a template's stock to what an ERP says now, where it said something else before: what operators changed since
 * stays otherwise. Refuses with `setup_conflict` less than is issued, and to limit what is unlimited or the other way.
 */
export async function changeErpStock(
  tx: Tx,
  { stockKeys }: Setup,
  templateId: string,
  said: unknown,
  stock: number | null,
): Promise<void> {
  const before = (said as { stock?: number } | undefined)?.stock ?? null
  if (before === stock) return
  const key = stockKey('template', templateId)
  if (stock === null || !stockKeys.has(key)) {
    return refuse('setup_conflict', `${field}: stock is limited or not when a template is inserted, for ever`, {
      field,
    })
  }
  const [counter] = await lockCounters(tx, [key])
  const changed = await changeCounterMax(tx, key, stock - (counter?.max ?? 0))
  if (changed !== undefined) return
  refuse('setup_conflict', `${field}: ${counter?.used ?? 0} are issued already`, { field })
}
