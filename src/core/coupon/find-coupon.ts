import type { CouponName } from '../../db/coupons.ts'
import { findImportedCodes } from '../../db/imported-codes.ts'
import type { Queryable } from '../../db/client/client.ts'
import type { Keyring } from '../../keyring.ts'
import { codeHash } from '../keys/hashes.ts'
import { laneIndexOfSerial } from '../codes/code-space.ts'
import { laneAt } from '../numbers/lanes.ts'
import type { Setup } from '../set-up/snapshot.ts'

/** Which coupons a code may name: at most one exists, but a text can look like a code of several sources. */
export type Candidates = Map<string, CouponName[]>

/**
 * Finds what codes may name. An own code is turned back into its serial, which holds lane and row, without asking the
 * database; an imported one is found by its keyed hash.
 */
export async function findCandidates(
  sql: Queryable,
  codes: string[],
  setup: Setup,
  keyring: Keyring,
): Promise<Candidates> {
  const candidates: Candidates = new Map(codes.map((code) => [code, ownNames(code, setup)]))
  if (![...setup.codeSources.values()].some((source) => source.kind === 'pool')) return candidates
  const byHash = new Map([...candidates.keys()].map((code) => [codeHash(keyring, code).toString('hex'), code]))
  const found = await findImportedCodes(
    sql,
    [...byHash.keys()].map((hex) => Buffer.from(hex, 'hex')),
  )
  for (const { codeHash, sourceId, number, lane } of found) {
    if (lane !== null) candidates.get(byHash.get(codeHash.toString('hex'))!)!.push({ lane, sourceId, serial: number })
  }
  return candidates
}

function ownNames(code: string, setup: Setup): CouponName[] {
  return [...setup.codeSources.values()].flatMap((source) => {
    const serial = source.space?.serialOf(code)
    return serial === undefined ? [] : [{ lane: laneAt(laneIndexOfSerial(serial)), sourceId: source.id, serial }]
  })
}
