import { randomUUID } from 'node:crypto'
import { askClaimSeconds } from '../core/batch/pending.ts'
import { leaveSupplierTurn, takeSupplierTurn } from '../db/leases.ts'
import type { Hub } from '../hub.ts'

/** How hard one supplier may be pressed. */
type TurnstileLimits = { concurrency: number; requestsPerSecond: number }

/** Lets so many through at a time, and so many a second; the others stand in line. One for each supplier and process. */
export type Turnstile = {
  /** Waits for its turn. Answers how to leave; undefined where it waited too long, or the line is too long. */
  pass: (limits: TurnstileLimits) => Promise<(() => void) | undefined>
}

type Waiting = { limits: TurnstileLimits; enter: (leave: (() => void) | undefined) => void }

const longestLine = 1_000
const patienceMilliseconds = 20_000

export function createTurnstile(now: Hub['now']): Turnstile {
  const line: Waiting[] = []
  let inside = 0
  let tokens = Infinity
  let filledAt = now().getTime()
  let timer: NodeJS.Timeout | undefined

  const leave = (): void => {
    inside -= 1
    advance()
  }

  function fill(perSecond: number): void {
    const at = now().getTime()
    tokens = Math.min(perSecond, tokens + (Math.max(0, at - filledAt) / 1000) * perSecond)
    filledAt = at
  }

  function advance(): void {
    for (let first = line[0]; first !== undefined; first = line[0]) {
      fill(first.limits.requestsPerSecond)
      if (inside >= first.limits.concurrency) return
      if (tokens < 1) {
        timer ??= setTimeout(again, Math.ceil(((1 - tokens) * 1000) / first.limits.requestsPerSecond)).unref()
        return
      }
      tokens -= 1
      inside += 1
      line.shift()
      first.enter(once(leave))
    }
  }

  function again(): void {
    timer = undefined
    advance()
  }

  function losePatience(waiting: Waiting): void {
    const place = line.indexOf(waiting)
    if (place < 0) return
    line.splice(place, 1)
    waiting.enter(undefined)
  }

  return {
    pass: (limits) =>
      new Promise((resolve) => {
        if (line.length >= longestLine) return resolve(undefined)
        const waiting: Waiting = { limits, enter: resolve }
        line.push(waiting)
        advance()
        if (line.includes(waiting)) setTimeout(() => losePatience(waiting), patienceMilliseconds).unref()
      }),
  }
}

function once(act: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) act()
    isDone = true
  }
}

/** The turns at suppliers that must not be asked twice at once about the same, among all processes. */
export type Turns = {
  /** Takes a turn, and answers how to leave it, which never rejects; undefined where somebody else has it. Without a name it is free. */
  take: (supplierId: string, turn: string | undefined) => Promise<(() => Promise<void>) | undefined>
}

// A name can hold who somebody is: only its keyed hash is written down.
export function createTurns({ database: { sql }, keyring, log, now }: Hub): Turns {
  return {
    take: async (supplierId, turn) => {
      if (turn === undefined) return () => Promise.resolve()
      const keyHash = keyring.hash('turn', `${supplierId} ${turn}`)
      const claimId = randomUUID()
      // As long as a claim on a request: whoever has been away for longer has lost that, too.
      const claimedUntil = new Date(now().getTime() + askClaimSeconds * 1000)
      if (!(await takeSupplierTurn(sql, { keyHash, claimId, claimedUntil }, now()))) return undefined
      return () =>
        leaveSupplierTurn(sql, { keyHash, claimId }).catch((error: unknown) =>
          log.warn({ err: error, supplierId }, 'a turn at a supplier could not be left; it runs out by itself'),
        )
    },
  }
}
