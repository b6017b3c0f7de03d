/** What arrives has a time; where it can arrive on several paths, it says on which. */
export type Arrived = { receivedAt: Date; path?: string }

export type Inbox<Item extends Arrived> = {
  /** Oldest first, always the same array. */
  items: readonly Item[]
  add: (item: Item) => void
  /** Forgets what came on one path, or all of it. */
  clear: (path?: string) => void
  /** The first item, already here or yet to come, that satisfies the predicate; rejects when the time is over. */
  waitFor: (predicate: (item: Item) => boolean, timeoutMilliseconds: number) => Promise<Item>
  /** Ends all waiting with an error. */
  close: () => void
}

type Waiter<Item> = { offer: (item: Item) => void; giveUp: (problem: string) => void }

/** Keeps the newest `limit` items; `noun` is what the errors call one. */
export function createInbox<Item extends Arrived>(noun: string, limit: number): Inbox<Item> {
  const items: Item[] = []
  const waiters = new Set<Waiter<Item>>()

  const waitFor: Inbox<Item>['waitFor'] = (predicate, timeoutMilliseconds) =>
    new Promise((resolve, reject) => {
      const present = items.find(predicate)
      if (present !== undefined) return resolve(present)
      const settle = (finish: () => void): void => {
        waiters.delete(waiter)
        clearTimeout(timer)
        finish()
      }
      const waiter: Waiter<Item> = {
        offer: (item) => {
          // A predicate that fails is its caller's to hear of, not the sender's.
          try {
            if (predicate(item)) settle(() => resolve(item))
          } catch (error) {
            settle(() => reject(error))
          }
        },
        giveUp: (problem) => settle(() => reject(new Error(`${problem} (${items.length} others are in the inbox).`))),
      }
      const timer = setTimeout(
        () => waiter.giveUp(`No such ${noun} within ${timeoutMilliseconds} ms`),
        timeoutMilliseconds,
      )
      waiters.add(waiter)
    })

  return {
    items,
    waitFor,
    add: (item) => {
      items.push(item)
      if (items.length > limit) items.shift()
      for (const waiter of waiters) waiter.offer(item)
    },
    clear: (path) => {
      const kept = path === undefined ? [] : items.filter((item) => item.path !== path)
      items.splice(0, items.length, ...kept)
    },
    close: () => {
      for (const waiter of waiters) waiter.giveUp(`The receiver was closed before such a ${noun} came`)
    },
  }
}
