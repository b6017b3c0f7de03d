/** A queue of which everyone has a share: see `createFairQueue`. */
export type FairQueue<T> = {
  /** False where there is no place for it. */
  push: (one: T) => boolean
  /** Takes up to so many: one of each owner in turn, each owner's own in their order. */
  take: (most: number) => T[]
  length: () => number
}

/**
 * One queue for many owners. What one of them has put in a thousandfold makes another wait no longer than for its turn; and
 * an owner may have as many in it as there are places left, so that there is always one for the next.
 */
export function createFairQueue<T>(ownerOf: (one: T) => string, places: number): FairQueue<T> {
  // The owner whose turn is next stands first.
  const lines = new Map<string, T[]>()
  let length = 0

  return {
    push: (one) => {
      const owner = ownerOf(one)
      const line = lines.get(owner)
      if ((line?.length ?? 0) >= places - length) return false
      if (line === undefined) lines.set(owner, [one])
      else line.push(one)
      length += 1
      return true
    },
    take: (most) => {
      const taken: T[] = []
      // An owner who is put back stands last, and comes again when all others have had their turn.
      for (const [owner, line] of lines) {
        if (taken.length === most) break
        taken.push(line.shift()!)
        lines.delete(owner)
        if (line.length > 0) lines.set(owner, line)
      }
      length -= taken.length
      return taken
    },
    length: () => length,
  }
}
