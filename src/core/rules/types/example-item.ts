/** An item of a limit for worked examples: no limit but what is given, through the year 2026. */
export const exampleItem = (limitKey: string, given: Record<string, unknown> = {}): Record<string, unknown> => ({
  limitKey,
  limitMaxDay: 0,
  limitMaxWeek: 0,
  limitMaxMonth: 0,
  limitMaxYear: 0,
  limitMaxTotal: 0,
  startTime: '20260101000000',
  endTime: '20261231235959',
  ...given,
})
