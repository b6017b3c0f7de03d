import { readCoupons } from '../../db/coupons.ts'
import { readRedemptions, readRedemptionsOfCoupons, type RedemptionRow } from '../../db/redemptions.ts'
import { readRequestNumbers, type RequestNumberRow } from '../../db/request-numbers.ts'
import type { Queryable } from '../../db/client/client.ts'
import { isSameCode } from '../codes/typed-code.ts'
import { findCandidates, revealCodes } from '../coupon/coupon-code.ts'
import type { CoreContext } from '../batch/verb.ts'
import { refuse } from '../command/errors.ts'
import { isOwnRedemption, type Redeemer, checkChannelCaller, checkTill } from '../command/callers.ts'
import { numberedName } from './reverse.ts'
import type { Setup } from '../set-up/snapshot.ts'

/**
 * Look a redemption up by our number, the till's own, or the coupon's code alone (the latest of that merchant or
 * channel). Where several are given, each must name it.
 */
export type RedemptionQuestion = {
  by: Redeemer
  redemptionNo?: string | undefined
  scopeHash?: Buffer | undefined
  code?: string | undefined
}

export type RedemptionAnswer =
  | { kind: 'redemption'; redemption: RedemptionRow; code: string; usesLeft: number }
  | { kind: 'forestalled'; cancelledAt: Date }

/** Refuses as `checkTill` does, and with `redemption_not_found` where there is none of this merchant. */
export async function lookUpRedemption(core: CoreContext, question: RedemptionQuestion): Promise<RedemptionAnswer> {
  const { sql } = core.hub.database
  const setup = await core.setup.refresh()
  if ('till' in question.by) checkTill(setup, question.by.till)
  else checkChannelCaller(setup, question.by.channel)
  const bound = question.scopeHash === undefined ? undefined : (await readRequestNumbers(sql, [question.scopeHash]))[0]
  if (isForestalled(question, bound)) return { kind: 'forestalled', cancelledAt: bound.cancelledAt }
  const found = await findRedemptions(sql, core, setup, question, bound)
  const redemption = found.find((row) => isMeant(row, question, bound))
  if (redemption === undefined) return refuse('redemption_not_found', 'this merchant has no such redemption')
  const [code = ''] = await revealCodes(core.hub, setup, [redemption])
  if (question.code !== undefined && !isSameCode(question.code, code)) {
    return refuse('redemption_not_found', 'the redemption is of another coupon')
  }
  const [coupon] = await readCoupons(sql, [redemption])
  return { kind: 'redemption', redemption, code, usesLeft: coupon?.usesLeft ?? 0 }
}

const isForestalled = (
  { redemptionNo }: RedemptionQuestion,
  bound: RequestNumberRow | undefined,
): bound is RequestNumberRow & { cancelledAt: Date } =>
  redemptionNo === undefined && bound !== undefined && bound.cancelledAt !== null

async function findRedemptions(
  sql: Queryable,
  core: CoreContext,
  setup: Setup,
  { redemptionNo, scopeHash, code }: RedemptionQuestion,
  bound: RequestNumberRow | undefined,
): Promise<RedemptionRow[]> {
  const no = redemptionNo ?? bound?.redemptionNo ?? undefined
  if (redemptionNo !== undefined || scopeHash !== undefined) return readRedemptions(sql, numberedName(no))
  const candidates = await findCandidates(sql, code === undefined ? [] : [code], setup, core.hub.keyring)
  return readRedemptionsOfCoupons(sql, [...candidates.values()].flat())
}

function isMeant(row: RedemptionRow, { by, scopeHash }: RedemptionQuestion, bound: RequestNumberRow | undefined) {
  return isOwnRedemption(row, by) && (scopeHash === undefined || row.no === bound?.redemptionNo)
}
