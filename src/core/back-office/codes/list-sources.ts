import { readCounters } from '../../../db/counters.ts'
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
  taken: number
  left: number
}

/** All code sources. Of a space, numbers that processes hold in blocks count as taken. */
export async function listSources(core: SetupCore): Promise<SourceState[]> {
  const sources = [...(await core.setup.refresh()).codeSources.values()]
  const rows = await readCounters(
    core.hub.database.sql,
    sources.map(({ id }) => numbersKey(id)),
  )
  const counters = new Map(rows.map((row) => [row.key, row]))
  return sources.map(({ id, kind, name, alphabet, length }) => {
    const { max, used } = counters.get(numbersKey(id)) ?? { max: 0, used: 0 }
    return { id, kind, name, alphabet, length, total: max ?? 0, taken: used, left: (max ?? 0) - used }
  })
}
