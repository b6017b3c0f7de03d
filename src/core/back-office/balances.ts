import { z } from 'zod'
import { changeCounterMax, readCounters, type CounterRow } from '../../db/counters.ts'
import { insertLedgerEntries } from '../../db/ledger.ts'
import type { Tx } from '../../db/client/client.ts'
import type { SetupWrite } from '../../db/set-up-writes.ts'
import { balanceKey, ledgerEntry } from '../counters/balance.ts'
import { idField } from '../../read/fields.ts'
import { refuse } from '../command/errors.ts'
import { laneIndexOf, laneOf, makeNumber } from '../numbers/numbers.ts'
import type { Operator } from '../command/command.ts'
import { actOnSetup, type SetupCore } from './act.ts'
import { parseInput, requireFound } from './fields.ts'

/** What a channel has paid in, what its orders took of it, and what is left; in fen. */
export type Balance = { channelId: string; paidInFen: number; takenFen: number; balanceFen: number }

const amountMaxFen = 100_000_000_000_000
const topUpSchema = z.strictObject({
  channelId: idField(),
  /** Fen; below 0 it is paid back to the channel. */
  amountFen: z
    .int('must be whole fen')
    .min(-amountMaxFen)
    .max(amountMaxFen)
    .refine((amount) => amount !== 0, 'must not be 0'),
})
export type TopUp = z.input<typeof topUpSchema>

const balanceOf = (channelId: string, { used, max }: Pick<CounterRow, 'used' | 'max'>): Balance => {
  const paidInFen = max ?? 0
  return { channelId, paidInFen, takenFen: used, balanceFen: paidInFen - used }
}

/**
 * Adds to a channel's prepaid balance, or pays some of it back. From the first time on its orders are taken from the
 * balance, for ever. Refuses with `setup_conflict` to pay back more than is left.
 */
export function topUpBalance(core: SetupCore, operator: Operator, input: TopUp): Promise<Balance> {
  const { channelId, amountFen } = parseInput(topUpSchema, input)
  return actOnSetup(core, operator, {
    act: 'channel.top-up',
    subjectKind: 'channel',
    decide: async (setup, now, tx) => {
      requireFound(setup.channels.get(channelId), 'channel', channelId)
      const isFirst = !setup.balanceKeys.has(balanceKey(channelId))
      const counter = isFirst ? firstPayment(channelId, amountFen) : await payInto(tx, channelId, amountFen)
      const lane = laneOf(channelId)
      const cause = { lane, no: makeNumber(laneIndexOf(lane), now), channelId, orderNo: null }
      const reason = amountFen > 0 ? 'paid_in' : 'paid_out'
      await insertLedgerEntries(tx, [ledgerEntry(cause, reason, Math.abs(amountFen), now)])
      const result = balanceOf(channelId, counter)
      const before = isFirst ? null : { paidInFen: result.paidInFen - amountFen }
      const writes: SetupWrite[] = isFirst ? [{ table: 'counters', insert: counter }] : []
      return { subjectId: channelId, before, after: { paidInFen: result.paidInFen }, writes, result }
    },
  })
}

function firstPayment(channelId: string, amountFen: number): CounterRow {
  if (amountFen > 0) return { key: balanceKey(channelId), used: 0, max: amountFen }
  return refuse('bad_request', `channel ${channelId} has no balance yet: it begins with a payment`, { field: 'amount' })
}

async function payInto(tx: Tx, channelId: string, amountFen: number): Promise<CounterRow> {
  const counter = await changeCounterMax(tx, balanceKey(channelId), amountFen)
  if (counter !== undefined) return counter
  return refuse('setup_conflict', `channel ${channelId} has less left than is to be paid back`, { field: 'amount' })
}

/** Undefined where the channel does not pay in advance. Refuses with `setup_not_found` where there is no such channel. */
export async function readBalance(core: SetupCore, channelId: string): Promise<Balance | undefined> {
  requireFound((await core.setup.refresh()).channels.get(channelId), 'channel', channelId)
  const [counter] = await readCounters(core.hub.database.sql, [balanceKey(channelId)])
  return counter && balanceOf(channelId, counter)
}
