import { readRedemptions, readRedemptionsOfCoupons, type RedemptionRow } from '../db/redemptions.ts'
import { readRequestNumbers } from '../db/request-numbers.ts'
import type { Queryable } from '../db/client.ts'
import type { CoreContext } from './context.ts'
import { refuse } from './errors.ts'
import { findCandidates } from './find-coupon.ts'
import { numberedName } from './reverse.ts'
import { checkTill, type Till } from './redeemable.ts'
import { templateOf } from './redeem.ts'
import type { Setup, Template } from './set-up/snapshot.ts'

/** Look a redemption up by our number, the till's own, or the coupon's code (the latest of that merchant). */
export type RedemptionQuestion = {
  till: Till
  redemptionNo?: string | undefined
  scopeHash?: Buffer | undefined
  code?: string | undefined
}

export type RedemptionAnswer =
  | { kind: 'redemption'; redemption: RedemptionRow; template: Template }
  | { kind: 'forestalled'; cancelledAt: Date }

/** Refuses with `redemption_not_found` where there is none of this merchant. */
export async function lookUpRedemption(core: CoreContext, question: RedemptionQuestion): Promise<RedemptionAnswer> {
  const { sql } = core.hub.database
  const setup = core.setup.current()
  checkTill(setup, question.till)
  const found = await findRedemptions(sql, core, setup, question)
  if ('cancelledAt' in found) return { kind: 'forestalled', cancelledAt: found.cancelledAt }
  const own = found.find((row) => isOfMerchant(row, question.till))
  if (own === undefined) return refuse('redemption_not_found', 'this merchant has no such redemption')
  return { kind: 'redemption', redemption: own, template: templateOf(setup, own) }
}

async function findRedemptions(
  sql: Queryable,
  core: CoreContext,
  setup: Setup,
  question: RedemptionQuestion,
): Promise<RedemptionRow[] | { cancelledAt: Date }> {
  if (question.redemptionNo !== undefined) return readRedemptions(sql, numberedName(question.redemptionNo))
  if (question.scopeHash !== undefined) {
    const [bound] = await readRequestNumbers(sql, [question.scopeHash])
    if (bound?.cancelledAt != null) return { cancelledAt: bound.cancelledAt }
    if (bound?.lane == null || bound.redemptionNo === null) return []
    return readRedemptions(sql, [{ lane: bound.lane, no: bound.redemptionNo }])
  }
  const code = question.code ?? ''
  const candidates = await findCandidates(sql, [code], setup, core.hub.keyring)
  return readRedemptionsOfCoupons(sql, candidates.get(code) ?? [])
}

const isOfMerchant = (row: RedemptionRow, till: Till): boolean =>
  row.acceptorId === till.acceptorId && row.merchantNo === till.merchantNo
