import { isDeepStrictEqual } from 'node:util'
import { refuse } from '../command/errors.ts'

/** Whether two pieces of plain JSON say the same: whatever the order of their fields, one of them fresh from a wire. */
export const isSameContent = (first: unknown, second: unknown): boolean =>
  isDeepStrictEqual(asRead(first), asRead(second))

const asRead = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown

const toleranceMilliseconds = 300_000

/**
 * When its writer changed it last; now where that is not said. Refuses a time that lies in the future by more than clocks
 * differ: nothing that is written until then could change it any more.
 */
export function whenWritten(given: Date | undefined, now: Date): Date {
  if (given !== undefined && given.getTime() > now.getTime() + toleranceMilliseconds)
    refuse('bad_request', 'updateTime: must not lie in the future', { field: 'updateTime' })
  return given ?? now
}
