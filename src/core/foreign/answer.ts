import type { Queryable } from '../../db/client/client.ts'
import {
  type ForeignRedemptionRow,
  readForeignRedemptions,
  readForeignRedemptionsOfCode,
} from '../../db/foreign-redemptions.ts'
import { boundName, readRequestNumbers } from '../../db/request-numbers.ts'
import type { CoreContext } from '../batch/verb.ts'
import { HubError, refuse, type ErrorCode } from '../command/errors.ts'
import { codeHash } from '../keys/hashes.ts'
import { laneAt } from '../numbers/numbers.ts'
import type { RedemptionQuestion } from '../redeem/look-up-redemption.ts'
import { numberedName } from '../redeem/reverse.ts'
import { isSameCode } from '../redeem/routes.ts'
import { laneIndexOfCode } from './redeem.ts'
import { isOf } from './reverse.ts'
import type { Refusal } from './settle.ts'

/** A redemption of a supplier's code, as who asks about it hears of it. */
export type ForeignAnswer = { kind: 'foreign'; redemption: ForeignRedemptionRow; code: string }

/** Refuses in the supplier's words, where it has some. */
export const refuseInWords = ({ code, words }: Refusal): never => {
  const isOurs = code !== 'supplier_rejected'
  throw new HubError(code, words, { words: isOurs || words === '' ? undefined : words })
}

/** Refuses what is not a redemption that stands, as who redeems hears it. */
export function requireUsed(row: ForeignRedemptionRow): ForeignRedemptionRow {
  switch (row.state) {
    case 'succeeded':
      return row
    case 'failed':
      return refuseInWords({ code: (row.failureCode ?? 'supplier_rejected') as ErrorCode, words: row.failure ?? '' })
    case 'reversed':
      return refuse('redemption_reversed', 'the redemption was reversed since')
    case 'pending':
    case 'reversing':
      return refuse('supplier_unanswered', `the supplier has not answered for redemption ${row.no}`)
  }
}

/** Refuses what is not taken back, as who cancels hears it. */
export function requireReversed(row: ForeignRedemptionRow, refusal: Refusal | undefined): ForeignRedemptionRow {
  if (refusal !== undefined) return refuseInWords(refusal)
  switch (row.state) {
    case 'reversed':
      return row
    case 'failed':
      return refuse('redemption_not_reversible', 'the supplier refused it: nothing was used')
    case 'succeeded':
      return refuse('redemption_not_reversible', 'the supplier did not take it back')
    case 'pending':
    case 'reversing':
      return refuse('supplier_unanswered', `the supplier has not answered for redemption ${row.no}`)
  }
}

/** What became of a redemption of a supplier's code. Who asks was checked already. Refuses with `redemption_not_found`. */
export async function lookUpForeign(core: CoreContext, question: RedemptionQuestion): Promise<ForeignAnswer> {
  const { keyring, database } = core.hub
  if ('channel' in question.by) return notFound()
  const found = await findRows(database.sql, core, question)
  for (const redemption of found) {
    const code = keyring.decrypt(redemption.code)
    const isMeant = isOf(redemption, question.by) && (question.code === undefined || isSameCode(question.code, code))
    if (isMeant) return { kind: 'foreign', redemption, code }
  }
  return notFound()
}

const notFound = (): never => refuse('redemption_not_found', 'this merchant has no such redemption')

async function findRows(
  sql: Queryable,
  { hub }: CoreContext,
  { redemptionNo, scopeHash, code }: RedemptionQuestion,
): Promise<ForeignRedemptionRow[]> {
  if (scopeHash !== undefined) {
    const bound = (await readRequestNumbers(sql, [scopeHash])).flatMap(boundName)
    return readForeignRedemptions(
      sql,
      bound.filter(({ no }) => redemptionNo === undefined || no === redemptionNo),
    )
  }
  if (redemptionNo !== undefined) return readForeignRedemptions(sql, numberedName(redemptionNo))
  if (code === undefined) return []
  const hash = codeHash(hub.keyring, code)
  return readForeignRedemptionsOfCode(sql, { lane: laneAt(laneIndexOfCode(hash)), codeHash: hash })
}
