import { readStockCounters } from '../../db/counters.ts'
import { countPoolCodes } from '../../db/proof/pages.ts'
import { numbersKey } from '../codes/number-blocks.ts'
import { pageChecks } from './checks/index.ts'
import type { PageCheck } from './checks/check.ts'
import { confirm, type Difference } from './difference.ts'
import { rowsPerPage, type Reader } from './reader.ts'
import { describe } from './rows.ts'

/** Whole tables, page by page. What is too much for every day (each till number, each code) only where all is looked at. */
export async function checkPages(reader: Reader): Promise<Difference[]> {
  const isFull = reader.options.isFull === true
  const differences: Difference[] = []
  for (const check of pageChecks) if (isFull || !check.isForFull) differences.push(...(await checkTable(reader, check)))
  return isFull ? [...differences, ...(await checkPools(reader))] : differences
}

async function checkTable(reader: Reader, check: PageCheck): Promise<Difference[]> {
  const differences: Difference[] = []
  for (let after: string | undefined = ''; after !== undefined;) {
    const begin: string = after
    let next: string | undefined
    const read = async (): Promise<Difference[]> => {
      const page = await reader.read((tx) => check.readPage(tx, begin, rowsPerPage))
      next = page.next
      return page.odd.map((row) => describe(check, row))
    }
    differences.push(...(await confirm(read, reader.pauseMilliseconds, reader.options.signal)))
    after = next
  }
  return differences
}

async function checkPools(reader: Reader): Promise<Difference[]> {
  const counters = new Map((await reader.read(readStockCounters)).map(({ key, max }) => [key, max ?? 0]))
  const pools = [...reader.core.setup.current().codeSources.values()].filter(({ kind }) => kind === 'pool')
  const differences: Difference[] = []
  for (const { id, name } of pools) {
    const expected = counters.get(numbersKey(id)) ?? 0
    const found = await countPool(reader, id, expected)
    const row = { subject: numbersKey(id), expected: String(expected), found: String(found) }
    if (found !== expected)
      differences.push(describe({ name: 'pool_codes', say: () => `pool ${name} lacks codes` }, row))
  }
  return differences
}

// Codes are never taken out and are added behind the last one, so that this does not move.
async function countPool(reader: Reader, sourceId: number, size: number): Promise<number> {
  let found = 0
  for (let from = 0; from < size; from += rowsPerPage) {
    found += await reader.read((tx) => countPoolCodes(tx, sourceId, from, Math.min(size, from + rowsPerPage)))
  }
  return found
}
