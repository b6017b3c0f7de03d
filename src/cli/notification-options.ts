import type { Command } from 'commander'
import { laneAt, laneIndexOfNumber } from '../core/numbers/numbers.ts'
import type { NotificationFilter, NotificationState } from '../db/notification-search.ts'
import type { NotificationKind } from '../db/notifications.ts'
import { CommandError, exitCodes } from './errors.ts'
import { among, time } from './parse.ts'

const kinds: readonly NotificationKind[] = ['issued', 'used', 'expired', 'reversed', 'voided']

/** What narrows notifications down, as it stands on the command line. */
export type FilterOptions<State extends NotificationState = NotificationState> = {
  channel?: string
  state?: State[]
  kind?: NotificationKind[]
  order?: string
  since?: Date
  until?: Date
}

/** Adds the options that narrow down. `states` are the ones that may be asked for. */
export const addFilters = (command: Command, states: readonly NotificationState[]): Command =>
  command
    .option('--channel <id>', 'of this channel')
    .option('--state <states>', states.join(', '), among(states))
    .option('--kind <kinds>', kinds.join(', '), among(kinds))
    .option('--order <no>', "of this order, by the hub's number (Lakala: trade_no)")
    .option('--since <time>', 'made at this time or later, Asia/Shanghai', time)
    .option('--until <time>', 'made before this time', time)

/** The filter that the options say. Refuses an order number that cannot be one of ours. */
export const filterOf = ({ channel, state, kind, order, since, until }: FilterOptions): NotificationFilter => ({
  channelId: channel,
  states: state,
  kinds: kind,
  order: order === undefined ? undefined : nameOf('order', order),
  since,
  until,
})

/** The name of a row by a number that we handed out: the lane is in it. */
export function nameOf(kind: 'order' | 'notification', no: string): { lane: number; no: string } {
  const laneIndex = laneIndexOfNumber(no)
  if (laneIndex !== undefined) return { lane: laneAt(laneIndex), no }
  throw new CommandError('not_a_number', `${no} is no ${kind} number: the hub's have 32 digits.`, exitCodes.usage)
}
