import { readStockCounters } from '../../db/counters.ts'
import { countPoolCodes, readImportedCodePage, readRequestNumberPage, type Page } from '../../db/proof-pages.ts'
import type { Tx } from '../../db/client.ts'
import { numbersKey } from '../codes/number-blocks.ts'
import { confirm, type Difference } from './difference.ts'
import type { Reader } from './reader.ts'

const pageSize = 10_000

type ReadPage = (tx: Tx, after: Buffer, limit: number) => Promise<Page>

/** What is too much for every day: each till number, each imported code, each pool's codes. Page by page. */
export async function checkEverything(reader: Reader): Promise<Difference[]> {
  return [
    ...(await checkPages(reader, readRequestNumberPage, 'request_number', 'a till number names a redemption')),
    ...(await checkPages(reader, readImportedCodePage, 'imported_code', 'an imported code is not where it should be')),
    ...(await checkPools(reader)),
  ]
}

async function checkPages(reader: Reader, readPage: ReadPage, check: string, words: string): Promise<Difference[]> {
  const differences: Difference[] = []
  for (let after: Buffer | undefined = Buffer.alloc(0); after !== undefined;) {
    const begin: Buffer = after
    let next: Buffer | undefined
    const read = async (): Promise<Difference[]> => {
      const page = await reader.read((tx) => readPage(tx, begin, pageSize))
      next = page.next
      return page.odd.map((row) => ({ check, ...row, words: `${words}: ${row.expected}, but ${row.found}` }))
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
    const size = counters.get(numbersKey(id)) ?? 0
    const found = await countPool(reader, id, size)
    if (found === size) continue
    const words = `pool ${name} lacks codes (expected ${size}, found ${found})`
    differences.push({
      check: 'pool_codes',
      subject: numbersKey(id),
      expected: String(size),
      found: String(found),
      words,
    })
  }
  return differences
}

// Codes are never taken out and are added behind the last one, so that this does not move.
async function countPool(reader: Reader, sourceId: number, size: number): Promise<number> {
  let found = 0
  for (let from = 0; from < size; from += pageSize) {
    found += await reader.read((tx) => countPoolCodes(tx, sourceId, from, Math.min(size, from + pageSize)))
  }
  return found
}
