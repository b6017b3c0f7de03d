/** What a run has started and must leave no trace of: closed in the opposite order, also when it is interrupted. */
export type Belongings = {
  /** Remembers how something is removed. The answer removes it now. */
  keep: (remove: () => unknown) => () => Promise<void>
  removeAll: () => Promise<void>
}

export function createBelongings(): Belongings {
  const kept: (() => Promise<void>)[] = []
  return {
    keep: (remove) => {
      let removed: Promise<void> | undefined
      const once = (): Promise<void> =>
        (removed ??= Promise.resolve()
          .then(remove)
          .then(() => undefined))
      kept.push(once)
      return once
    },
    removeAll: async () => {
      for (const remove of kept.splice(0).toReversed()) {
        // One thing that cannot be removed must not keep the others.
        await remove().catch((error: unknown) => console.error(error))
      }
    },
  }
}
