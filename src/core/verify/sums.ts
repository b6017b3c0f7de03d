import type { SumRow } from '../../db/proof/sums.ts'

export type Sum = { amount: number; weight: number }

/** What rows add up to, by subject (see `SumRow`). */
export type Sums = Map<string, Sum>

export function addSums(sums: Sums, rows: Iterable<SumRow>): void {
  for (const { subject, amount, weight } of rows) {
    const sum = sums.get(subject)
    if (sum === undefined) sums.set(subject, { amount, weight })
    else {
      sum.amount += amount
      sum.weight += weight
    }
  }
}

export const sumRowsOf = (sums: Sums): SumRow[] => [...sums].map(([subject, sum]) => ({ subject, ...sum }))

export const sumOf = (rows: Iterable<SumRow>): Sums => {
  const sums: Sums = new Map()
  addSums(sums, rows)
  return sums
}

/** The sums that run on over days: counters and code sources, as opposed to a day's totals. */
export const runningSums = (sums: Sums): SumRow[] =>
  sumRowsOf(sums).filter(({ subject }) => !subject.startsWith('total '))

/** The subjects of either whose sums are not the same. What is missing is nothing. */
export function differingSubjects(left: Sums, right: Sums): string[] {
  return [...new Set([...left.keys(), ...right.keys()])].filter((subject) => {
    const [a, b] = [left.get(subject) ?? nothing, right.get(subject) ?? nothing]
    return a.amount !== b.amount || a.weight !== b.weight
  })
}

export const nothing: Sum = { amount: 0, weight: 0 }
