import { readRevivals, type ActPlace } from '../../db/proof/sums.ts'
import { countRevivedByUse } from '../../db/proof/told-uses.ts'
import { rowsPerPage } from './pages.ts'
import type { Reader } from './reader.ts'

/**
 * How often a coupon that was over was given more time, or turned out to be used, from one instant to another: so often may more coupons have expired
 * than are expired now.
 */
export async function countRevivals(reader: Reader, { from, until }: { from: Date; until: Date }): Promise<number> {
  let count = await reader.read((tx) => countRevivedByUse(tx, from, until))
  for (let place: ActPlace | undefined = { at: from, id: '' }; place !== undefined;) {
    const begin: ActPlace = place
    const page = await reader.read((tx) => readRevivals(tx, begin, until, rowsPerPage))
    count += page.revivals
    place = page.last
  }
  return count
}
