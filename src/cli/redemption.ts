import type { Command } from 'commander'
import { couponKey } from '../core/coupon.ts'
import { laneIndexOfNumber, makeNumber } from '../core/numbers.ts'
import { numberedName } from '../core/reverse.ts'
import { readRedemptions, type RedemptionRow } from '../db/redemptions.ts'
import { searchAudit } from '../db/search.ts'
import type { CommandContext } from './context.ts'
import { CommandError, exitCodes } from './exit-codes.ts'
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
  addReason(group.command('reverse <no>').description('take a redemption back: the coupon may be used again')).action(
    run.onHub((context, _: unknown, no) => reverse(context, no)),
  )
}

async function showOne(context: CommandContext, no: string): Promise<Report> {
  const { sql } = (await context.core()).hub.database
  const [row] = await readRedemptions(sql, numberedName(no))
  if (row === undefined) throw notFound(no)
  const acts = (await searchAudit(sql, { subjectKind: 'redemption', subjectId: no, limit: 100 })).toReversed()
  const { fingerprint: _, ...value } = row
  const lines = [...fieldsOf(row), ...acts.map(actEvent).map(({ at, words }) => `${showTime(at)}  ${words}`)]
  return { value: { ...value, coupon: couponKey(row), acts }, lines }
}

const notFound = (no: string): CommandError =>
  new CommandError('redemption_not_found', `There is no redemption ${no}.`, exitCodes.notFound)

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
  if (outcome.kind !== 'reversed') throw notFound(redemptionNo)
  const { isRepeat, redemption } = outcome
  const words = isRepeat ? 'was reversed already' : 'is reversed, and its coupon may be used again'
  const lines = [`Redemption ${redemptionNo} ${words}.`]
  return { value: { no: redemptionNo, isChanged: !isRepeat, coupon: couponKey(redemption) }, lines }
}
