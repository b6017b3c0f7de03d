import type { Command } from 'commander'
import { couponKey } from '../core/coupon/coupon.ts'
import { laneIndexOfNumber, makeNumber } from '../core/numbers/numbers.ts'
import { numberedName } from '../core/redeem/reverse.ts'
import { readForeignRedemptions, type ForeignRedemptionRow } from '../db/foreign-redemptions.ts'
import { discountOf, readRedemptions, type RedemptionRow } from '../db/redemptions.ts'
import { searchAudit } from '../db/search.ts'
import type { CommandContext } from './context.ts'
import { CommandError, exitCodes } from './errors.ts'
import { actEvent } from './history.ts'
import { addReason } from './options.ts'
import type { Report } from './output.ts'
import type { Run } from './run.ts'
import { showFields, showTime, showYuan } from './show.ts'

const patienceMilliseconds = 30_000

export function registerRedemption(program: Command, run: Run): void {
  const group = program.command('redemption').description('redemptions at tills')
  group
    .command('show <no>')
    .description('show a redemption, by our number')
    .action(run.onHub((context, _: unknown, no) => showOne(context, no)))
  addReason(group.command('reverse <no>').description('take a redemption back: its code may be used again')).action(
    run.onHub((context, _: unknown, no) => reverse(context, no)),
  )
}

async function showOne(context: CommandContext, no: string): Promise<Report> {
  const { sql } = (await context.core()).hub.database
  const [row] = await readRedemptions(sql, numberedName(no))
  const [foreign] = row === undefined ? await readForeignRedemptions(sql, numberedName(no)) : []
  const acts = (await searchAudit(sql, { subjectKind: 'redemption', subjectId: no, limit: 100 })).toReversed()
  const history = acts.map(actEvent).map(({ at, words }) => `${showTime(at)}  ${words}`)
  if (row === undefined) {
    if (foreign === undefined) throw notFound(no)
    return { value: { ...openFields(foreign), acts }, lines: [...foreignFieldsOf(foreign), ...history] }
  }
  const { fingerprint: _, ...value } = row
  return { value: { ...value, coupon: couponKey(row), acts }, lines: [...fieldsOf(row), ...history] }
}

const notFound = (no: string): CommandError =>
  new CommandError('redemption_not_found', `There is no redemption ${no}.`, exitCodes.notFound)

// Neither the code nor what the supplier gave us to keep is to be seen.
function openFields(row: ForeignRedemptionRow): object {
  const { code: _, codeHash: __, memo: ___, fingerprint: ____, claimId: _____, claimedUntil: ______, ...open } = row
  return open
}

const foreignFieldsOf = (row: ForeignRedemptionRow): string[] =>
  showFields({
    no: row.no,
    state: row.state,
    supplier: row.supplierId,
    'channel type': row.channelType,
    acceptor: row.acceptorId,
    merchant: row.merchantNo,
    shop: row.shopNo,
    'trace no': row.traceNo ?? '-',
    name: row.name ?? '-',
    amount: showYuan(row.amountFen),
    paid: showYuan(row.realAmountFen),
    'face value': showYuan(row.faceValueFen),
    settled: showYuan(row.settleAmountFen),
    failure: row.failure ?? '-',
    asked: row.attempts === 1 ? 'once' : `${row.attempts} times`,
    'last answer': row.lastAnswer ?? '-',
    'asked again': showTime(row.dueAt),
    begun: showTime(row.createdAt),
    redeemed: showTime(row.settledAt),
    reversed: showTime(row.reversedAt),
  })

const fieldsOf = (row: RedemptionRow): string[] =>
  showFields({
    no: row.no,
    state: row.state,
    coupon: couponKey(row),
    order: row.orderNo,
    acceptor: row.acceptorId === '' ? undefined : row.acceptorId,
    'told by supplier': row.toldBy ?? undefined,
    used: row.usedAt === null ? undefined : showTime(row.usedAt),
    merchant: row.merchantNo || '-',
    shop: row.shopNo || '-',
    'trace no': row.traceNo ?? '-',
    amount: showYuan(row.amountFen),
    paid: showYuan(row.realAmountFen),
    'face value': showYuan(row.faceValueFen),
    'taken off': showYuan(discountOf(row)),
    settled: showYuan(row.settleAmountFen),
    redeemed: showTime(row.createdAt),
    refused: row.detail.failure,
    reversed: showTime(row.reversedAt),
  })

async function reverse(context: CommandContext, redemptionNo: string): Promise<Report> {
  const core = await context.core()
  const laneIndex = laneIndexOfNumber(redemptionNo)
  if (laneIndex === undefined) throw notFound(redemptionNo)
  const now = core.hub.now()
  const outcome = await core.reverse({
    no: makeNumber(laneIndex, now),
    deadline: new Date(now.getTime() + patienceMilliseconds),
    by: { operator: context.operator },
    redemptionNo,
  })
  if (outcome.kind === 'forestalled') throw notFound(redemptionNo)
  const { isRepeat } = outcome
  const words = isRepeat ? 'was reversed already' : 'is reversed, and its code may be used again'
  const lines = [`Redemption ${redemptionNo} ${words}.`]
  const coupon = outcome.kind === 'reversed' ? { coupon: couponKey(outcome.redemption) } : {}
  return { value: { no: redemptionNo, isChanged: !isRepeat, ...coupon }, lines }
}
