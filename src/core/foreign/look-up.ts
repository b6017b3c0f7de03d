import {
  readForeignRedemptions,
  readForeignRedemptionsOfCode,
  type ForeignRedemptionRow,
} from '../../db/foreign-redemptions.ts'
import { boundName, readRequestNumbers } from '../../db/request-numbers.ts'
import type { Queryable } from '../../db/client/client.ts'
import type { CoreContext } from '../batch/context.ts'
import { refuse } from '../command/errors.ts'
import { codeHash } from '../keys/hashes.ts'
import { laneAt } from '../numbers/lanes.ts'
import type { RedemptionQuestion } from '../redeem/look-up-redemption.ts'
import { numberedName } from '../redeem/reverse.ts'
import type { ForeignRecord } from './record.ts'
import { laneIndexOfCode } from './redeem.ts'
import { isOf } from './reverse.ts'

/** What became of a redemption of a supplier's code. Who asks was checked already. Refuses with `redemption_not_found`. */
export async function lookUpForeign(core: CoreContext, question: RedemptionQuestion): Promise<ForeignRecord> {
  const { keyring, database } = core.hub
  if ('channel' in question.by) return notFound()
  const found = await findRows(database.sql, core, question)
  for (const redemption of found) {
    const code = keyring.decrypt(redemption.code)
    const isMeant = isOf(redemption, question.by) && (question.code === undefined || question.code === code)
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
