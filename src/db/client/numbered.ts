/** By what rows that stand in a lane are named. */
type Numbered = { lane: number; no: string }

/** For whom, and until when, what is due in some lanes is claimed. */
export type DueClaim = { lanes: readonly number[]; now: Date; claimId: string; claimedUntil: Date }

/** Locks are taken in this order everywhere, so that no two batches wait for each other. */
export const inKeyOrder = <Row extends Numbered>(rows: readonly Row[]): Row[] =>
  rows.toSorted((a, b) => a.lane - b.lane || (a.no < b.no ? -1 : Number(a.no > b.no)))
