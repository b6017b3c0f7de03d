import type { Tx } from '../../db/client/client.ts'
import { takeNumbers } from '../../db/counters.ts'
import type { Hub } from '../../hub.ts'

/**
 * Numbers for codes of our own spaces, taken in blocks, so that two processes do not wait for each other at the space.
 * What is left of a block when a process ends is lost: numbers are plenty.
 */
export type NumberBlocks = {
  /** Sees to it, before a transaction begins, that there are so many numbers of a space at hand, if it has them. */
  prepare: (sourceId: number, amount: number) => Promise<void>
  /** Takes up to so many numbers out of what is at hand, or, what is missing, in the transaction itself. */
  take: (tx: Tx, sourceId: number, amount: number) => Promise<number[]>
  /** Takes back numbers that no row has, nor could have: another batch may use them. */
  putBack: (sourceId: number, numbers: readonly number[]) => void
}

const blockSize = 1_000

/** The key of the counter that says how many numbers of a source have been taken. */
export const numbersKey = (sourceId: number): string => `numbers:${sourceId}`

export function createNumberBlocks({ database }: Hub): NumberBlocks {
  const blocks = new Map<number, number[]>()

  async function prepare(sourceId: number, amount: number): Promise<void> {
    if ((blocks.get(sourceId)?.length ?? 0) >= amount) return
    const size = Math.max(blockSize, amount)
    const first = await takeNumbers(database.sql, numbersKey(sourceId), size)
    if (first !== undefined) blocks.set(sourceId, [...(blocks.get(sourceId) ?? []), ...numbersFrom(first, size)])
  }

  async function take(tx: Tx, sourceId: number, amount: number): Promise<number[]> {
    const atHand = blocks.get(sourceId)?.splice(0, amount) ?? []
    const missing = amount - atHand.length
    const first = missing > 0 ? await takeNumbers(tx, numbersKey(sourceId), missing) : undefined
    return first === undefined ? atHand : [...atHand, ...numbersFrom(first, missing)]
  }

  const putBack = (sourceId: number, numbers: readonly number[]): void =>
    void blocks.set(sourceId, [...numbers, ...(blocks.get(sourceId) ?? [])])

  return { prepare, take, putBack }
}

const numbersFrom = (first: number, amount: number): number[] => Array.from({ length: amount }, (_, i) => first + i)
