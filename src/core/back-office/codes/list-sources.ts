import { readCounters } from '../../../db/counters.ts'
import { countCouponsBySource } from '../../../db/coupons.ts'
import type { SetupCore } from '../act.ts'
import { numbersKey } from '../../codes/number-blocks.ts'

/** A code source and how full it is: of a space the numbers that may be used, of a pool the codes imported. */
export type SourceState = {
  id: number
  kind: 'space' | 'pool'
  name: string
  alphabet: string | null
  length: number | null
  total: number
  /** Of coupons that were made. */
  givenOut: number
  /** Taken by processes in blocks, for coupons to come; what a process that ended had left is lost. */
  reserved: number
  left: number
}

/** All code sources, and how many of their codes were given out, are reserved, and are left. */
export async function listSources(core: SetupCore): Promise<SourceState[]> {
  const sources = [...(await core.setup.refresh()).codeSources.values()]
  const { sql } = core.hub.database
  const keys = sources.map(({ id }) => numbersKey(id))
  const [rows, coupons] = await Promise.all([readCounters(sql, keys), countCouponsBySource(sql)])
  const counters = new Map(rows.map((row) => [row.key, row]))
  return sources.map(({ id, kind, name, alphabet, length }) => {
    const { max, used } = counters.get(numbersKey(id)) ?? { max: 0, used: 0 }
    const givenOut = coupons.get(id) ?? 0
    const reserved = Math.max(0, used - givenOut)
    return { id, kind, name, alphabet, length, total: max ?? 0, givenOut, reserved, left: (max ?? 0) - used }
  })
}
