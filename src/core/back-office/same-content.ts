import { isDeepStrictEqual } from 'node:util'

/** Whether two pieces of plain JSON say the same: whatever the order of their fields, one of them fresh from a wire. */
export const isSameContent = (first: unknown, second: unknown): boolean =>
  isDeepStrictEqual(asRead(first), asRead(second))

const asRead = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown
