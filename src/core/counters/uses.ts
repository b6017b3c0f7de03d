import type { Use } from '../../db/coupons.ts'

/** What several rows took from counters, added up by counter. */
export function sumUses(uses: readonly (readonly Use[])[], sign: 1 | -1 = 1): Map<string, number> {
  const sums = new Map<string, number>()
  for (const [key, amount] of uses.flat()) sums.set(key, (sums.get(key) ?? 0) + sign * amount)
  return sums
}
