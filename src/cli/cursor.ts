import { CommandError, exitCodes } from './exit-codes.ts'

/** Where a page of a list by time ended, for `--after`: the instant and the id of its last row. */
export type TimeCursor = { at: Date; id: string }

export const cursorOf = ({ at, id }: TimeCursor): string => `${at.toISOString()}_${id}`

/** What `--after` says; undefined where it says nothing. */
export function cursorFrom(after: string | undefined): TimeCursor | undefined {
  if (after === undefined) return undefined
  const [at = '', id = ''] = after.split('_')
  if (!Number.isNaN(Date.parse(at)) && id !== '') return { at: new Date(at), id }
  throw new CommandError('usage', '--after continues a list: give what the last page said.', exitCodes.usage)
}
