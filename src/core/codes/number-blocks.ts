import { transientError, type Tx } from '../../db/client/client.ts'
import { takeNumbers } from '../../db/counters.ts'
import type { Hub } from '../../hub.ts'

/**
 * Numbers for codes of our own spaces, taken in blocks, so that two processes do not wait for each other at the space.
 * What is left of a block when a process ends is lost: numbers are plenty.
 */
export type NumberBlocks = {
  /** Sees to it, before a transaction begins, that there are so many numbers of a space at hand, if it has them. */
  prepare: (sourceId: number, amount: number) => Promise<void>
  /**
   * Gives the next number. What is missing is taken in the transaction itself; undefined where the space is full.
   * Throws a transient error where another batch of this process took what had been at hand.
   */
  reserve: (tx: Tx, sourceId: number, amount: number) => Promise<() => number | undefined>
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

  async function reserve(tx: Tx, sourceId: number, amount: number): Promise<() => number | undefined> {
    const missing = amount - (blocks.get(sourceId)?.length ?? 0)
    const first = missing > 0 ? await takeNumbers(tx, numbersKey(sourceId), missing) : undefined
    const own = first === undefined ? [] : numbersFrom(first, missing)
    const isFull = missing > 0 && first === undefined
    return () => {
      const number = blocks.get(sourceId)?.shift() ?? own.shift()
      if (number === undefined && !isFull) throw transientError(`another batch took numbers of source ${sourceId}`)
      return number
    }
  }

  return { prepare, reserve }
}

const numbersFrom = (first: number, amount: number): number[] => Array.from({ length: amount }, (_, i) => first + i)
