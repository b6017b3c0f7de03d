/** Waits before attempts 1, 2, 3 …, in seconds: as many attempts as there are waits. */
export type Waits = readonly number[]

/**
 * When to try for the first time: the first wait after what is told happened. `timeFactor` divides the waits (1 outside
 * the sandbox). Undefined where there are no waits: nothing is ever tried.
 */
export const firstAttemptAt = (given: {
  waitsSeconds: Waits
  happenedAt: Date
  timeFactor: number
}): Date | undefined => nextAttemptAt({ ...given, attemptsMade: 0, endedAt: given.happenedAt })

/**
 * When to try again after `attemptsMade` attempts, the last of which ended at `endedAt`: waits run from the end of the
 * attempt before, so that a slow receiver is not tried sooner. Undefined: every attempt was made, it is given up.
 */
export function nextAttemptAt(given: {
  waitsSeconds: Waits
  attemptsMade: number
  endedAt: Date
  timeFactor: number
}): Date | undefined {
  const waitSeconds = given.waitsSeconds[given.attemptsMade]
  if (waitSeconds === undefined) return undefined
  return new Date(given.endedAt.getTime() + (waitSeconds * 1_000) / given.timeFactor)
}
