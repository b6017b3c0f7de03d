import type { Use } from '../../db/coupons.ts'

/** What was taken from counters, less what was given back, added up by counter. */
export function sumUses(taken: readonly Use[], givenBack: readonly Use[] = []): Map<string, number> {
  const sums = new Map<string, number>()
  const add = (key: string, amount: number): void => void sums.set(key, (sums.get(key) ?? 0) + amount)
  for (const [key, amount] of taken) add(key, amount)
  for (const [key, amount] of givenBack) add(key, -amount)
  return sums
}
