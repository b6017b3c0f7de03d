/** Waits before a supplier is asked again after an answer that left it unknown: a day in all, then an operator decides. */
export const askAgainSeconds = [
  2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 1800, 3600, 3600, 7200, 7200, 10_800, 10_800, 14_400, 14_400,
] as const

/** When to ask for the next time after so many attempts; undefined where there were enough. */
export function nextAskAt(attempts: number, now: Date, timeFactor: number): Date | undefined {
  const seconds = askAgainSeconds[attempts - 1]
  return seconds === undefined ? undefined : new Date(now.getTime() + (seconds * 1000) / timeFactor)
}
