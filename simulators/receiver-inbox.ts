import type { HttpHeaders } from './post-json.ts'
import type { ReceiverMode } from './receiver-modes.ts'

/** A callback as it arrived, whatever it was answered. */
export type ReceivedCallback = {
  path: string
  receivedAt: Date
  /** Names in lower case. */
  headers: HttpHeaders
  /** The parsed body; null where it was no JSON. */
  body: unknown
  /** The body as sent, which is what the signature covers. */
  text: string
  isHeaderSignatureValid: boolean
  /** Null where this kind of callback carries no signature in its body (the write-off callback). */
  isBodySignatureValid: boolean | null
  /** How it was answered. */
  mode: ReceiverMode
}

export type Inbox = {
  /** Oldest first, always the same array. */
  callbacks: readonly ReceivedCallback[]
  add: (callback: ReceivedCallback) => void
  /** Forgets the callbacks of one path, or all of them. */
  clear: (path?: string) => void
  /** The first callback, already here or yet to come, that satisfies the predicate; rejects when the time is over. */
  waitFor: (
    predicate: (callback: ReceivedCallback) => boolean,
    timeoutMilliseconds: number,
  ) => Promise<ReceivedCallback>
  /** Ends all waiting with an error. */
  close: () => void
}

type Waiter = { offer: (callback: ReceivedCallback) => void; giveUp: (problem: string) => void }

/** Keeps the newest `limit` callbacks. */
export function createInbox(limit: number): Inbox {
  const callbacks: ReceivedCallback[] = []
  const waiters = new Set<Waiter>()

  const waitFor: Inbox['waitFor'] = (predicate, timeoutMilliseconds) =>
    new Promise((resolve, reject) => {
      const present = callbacks.find(predicate)
      if (present !== undefined) return resolve(present)
      const settle = (finish: () => void): void => {
        waiters.delete(waiter)
        clearTimeout(timer)
        finish()
      }
      const waiter: Waiter = {
        offer: (callback) => {
          // A predicate that fails is its caller's to hear of, not the sender's.
          try {
            if (predicate(callback)) settle(() => resolve(callback))
          } catch (error) {
            settle(() => reject(error))
          }
        },
        giveUp: (problem) =>
          settle(() => reject(new Error(`${problem} (${callbacks.length} others are in the inbox).`))),
      }
      const timer = setTimeout(
        () => waiter.giveUp(`No such callback within ${timeoutMilliseconds} ms`),
        timeoutMilliseconds,
      )
      waiters.add(waiter)
    })

  return {
    callbacks,
    waitFor,
    add: (callback) => {
      callbacks.push(callback)
      if (callbacks.length > limit) callbacks.shift()
      for (const waiter of waiters) waiter.offer(callback)
    },
    clear: (path) => {
      const kept = path === undefined ? [] : callbacks.filter((callback) => callback.path !== path)
      callbacks.splice(0, callbacks.length, ...kept)
    },
    close: () => {
      for (const waiter of waiters) waiter.giveUp('The receiver was closed before such a callback came')
    },
  }
}
