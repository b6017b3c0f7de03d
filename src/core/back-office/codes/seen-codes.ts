/**
 * Remembers which codes were seen, by 64 bits of their hashes: 11 to 23 bytes a code, so that files of millions of
 * codes need little memory. Of ten million codes, one is taken for another with a probability of 3 in a million.
 */
export type SeenCodes = {
  /** Whether this hash (at least 8 bytes, evenly spread) is new; it is remembered from now on. */
  add: (hash: Buffer) => boolean
}

const firstSlots = 1 << 16
const fullest = 0.7

export function createSeenCodes(): SeenCodes {
  let slots = new BigUint64Array(firstSlots)
  let count = 0

  const grow = (): void => {
    const old = slots
    slots = new BigUint64Array(old.length * 2)
    for (const value of old) if (value !== 0n) slots[slotOf(slots, value)] = value
  }

  return {
    add: (hash) => {
      // Zero marks a free slot.
      const value = hash.readBigUInt64LE() || 1n
      const slot = slotOf(slots, value)
      if (slots[slot] === value) return false
      slots[slot] = value
      count += 1
      if (count > slots.length * fullest) grow()
      return true
    },
  }
}

/** The slot that holds a value, or the free one where it belongs. */
function slotOf(slots: BigUint64Array, value: bigint): number {
  const mask = slots.length - 1
  let slot = Number(value & BigInt(mask))
  while (slots[slot] !== 0n && slots[slot] !== value) slot = (slot + 1) & mask
  return slot
}
