import { findOpenBehind, firstOpenPlace, type OpenPage, type OpenPlace } from '../../db/proof/uses.ts'
import type { Tx } from '../../db/client/client.ts'

// No statement reads more than a page. Those of one picture follow each other in one transaction.

export const rowsPerPage = 10_000

/** Reads page by page: each from one place (included) to the next (excluded), the last one without an end. */
export async function inPages<Place, Row>(
  from: Place,
  findBehind: (place: Place, amount: number) => Promise<Place | undefined>,
  read: (from: Place, until: Place | undefined) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = []
  for (let begin: Place | undefined = from; begin !== undefined;) {
    const end: Place | undefined = await findBehind(begin, rowsPerPage)
    rows.push(...(await read(begin, end)))
    begin = end
  }
  return rows
}

/** Reads something of the supplier requests that are open, page by page. */
export const inOpenPages = <Row>(tx: Tx, read: (page: OpenPage) => Promise<Row[]>): Promise<Row[]> =>
  inPages<OpenPlace, Row>(
    firstOpenPlace,
    (place, amount) => findOpenBehind(tx, place, amount),
    (from, until) => read({ from, until }),
  )
