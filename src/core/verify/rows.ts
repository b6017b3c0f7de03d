import type { Slice } from '../../db/proof-picture.ts'
import { rowChecks, type Limits, type OddRow, type RowCheck } from '../../db/proof-rows.ts'
import { laneIndexOf } from '../lanes.ts'
import { confirm, type Difference } from './difference.ts'
import type { Reader } from './reader.ts'

/** What each check of rows is called, and what it says of a row. */
const words: Record<RowCheck, { check: string; say: (subject: string) => string }> = {
  orderCoupons: { check: 'order_coupons', say: (no) => `order ${no} does not have its coupons` },
  issuedTold: { check: 'issued_told', say: (no) => `order ${no} must be told of once` },
  couponUses: { check: 'coupon_uses', say: (name) => `coupon ${name} is used otherwise than its redemptions say` },
  couponNumber: {
    check: 'coupon_number',
    say: (name) => `coupon ${name} has a number or a lane that it was not given`,
  },
  usedTold: { check: 'used_told', say: (no) => `redemption ${no} must be told of once` },
  reversedTold: { check: 'reversed_told', say: (no) => `the reversal of redemption ${no} is told of without cause` },
  expiredTold: { check: 'expired_told', say: (name) => `that coupon ${name} expired must be told once` },
  voidReturned: { check: 'void_returned', say: (name) => `coupon ${name} gave back what it had not taken` },
  notificationCause: {
    check: 'notification_cause',
    say: (no) => `notification ${no} tells of something that is not there`,
  },
  deliveryNotification: { check: 'delivery', say: (no) => `deliveries of notification ${no}, which is not there` },
  deliveredOnce: { check: 'delivered', say: (no) => `notification ${no} is delivered, but no partner accepted it` },
  ledgerOfOrder: { check: 'ledger_order', say: (no) => `the ledger does not say what order ${no} costs` },
  ledgerCause: { check: 'ledger_cause', say: (no) => `the ledger’s entry ${no} is of an order that is not there` },
  attemptsMade: { check: 'attempts', say: (no) => `notification ${no} was tried more often than its schedule says` },
}

const dayMilliseconds = 24 * 3_600_000

/** Looks at each row of a slice: whether what belongs to it is there. Names what is odd three times. */
export async function checkRows(reader: Reader, slice: Slice, groups: readonly number[][]): Promise<Difference[]> {
  const differences: Difference[] = []
  for (const lanes of groups) {
    const read = (): Promise<Difference[]> => readOdd(reader, slice, lanes)
    differences.push(...(await confirm(read, reader.pauseMilliseconds, reader.options.signal)))
    reader.advance(lanes.length)
  }
  return differences
}

async function readOdd(reader: Reader, slice: Slice, lanes: number[]): Promise<Difference[]> {
  const numbered = { lanes, indexes: lanes.map(laneIndexOf) }
  const limits = limitsOf(reader)
  const differences: Difference[] = []
  for (const name of Object.keys(rowChecks) as RowCheck[]) {
    const odd = await reader.read((tx) => rowChecks[name](tx, numbered, slice, limits))
    differences.push(...odd.map((row) => describe(name, row)))
  }
  return differences
}

function limitsOf({ core: { hub }, now, options: { attemptsOf } }: Reader): Limits {
  // A day less than they are kept: what is pruned while this runs must not be missed.
  const keptDays = hub.config.deliveriesKeptDays - 1
  return {
    deliveriesSince: new Date(now.getTime() - keptDays * dayMilliseconds),
    attempts: [...(attemptsOf ?? [])].map(([face, most]) => ({ face, most })),
  }
}

function describe(name: RowCheck, { subject, expected, found }: OddRow): Difference {
  const { check, say } = words[name]
  return { check, subject, expected, found, words: `${say(subject)} (expected ${expected}, found ${found})` }
}
