import { hash } from 'node:crypto'
import type { CouponRow } from '../../db/coupons.ts'
import type { RedemptionDetail, RedemptionRow } from '../../db/redemptions.ts'
import { laneIndexOf } from '../numbers/lanes.ts'
import { withLaneIndex } from '../numbers/numbers.ts'
import { templateOf } from '../redeem/redeem.ts'
import type { Setup } from '../set-up/snapshot.ts'
import type { RecordUseCommand } from '../command/record-use.ts'

/**
 * The redemption of a use that a supplier tells of: no acceptor of ours was asked, so it has none. A use of a coupon that
 * was voided has failed, and is kept.
 */
export function makeUse(setup: Setup, command: RecordUseCommand, coupon: CouponRow, now: Date): RedemptionRow {
  const { supplierId, use } = command
  const { sourceId, serial, orderNo, channelId, activityId, templateId, faceValueFen } = coupon
  const isVoided = coupon.state === 'voided'
  return {
    lane: coupon.lane,
    no: withLaneIndex(command.no, laneIndexOf(coupon.lane)),
    sourceId,
    serial,
    orderNo,
    channelId,
    activityId,
    templateId,
    acceptorId: '',
    merchantNo: use.merchantNo ?? '',
    shopNo: '',
    traceNo: use.reference ?? null,
    state: isVoided ? 'failed' : 'succeeded',
    ...amountsOf(use),
    faceValueFen,
    settleAmountFen: Math.max(0, faceValueFen - templateOf(setup, coupon).merchantBenefitFen),
    fingerprint: fingerprintOf(command),
    createdAt: now,
    reversedAt: null,
    uses: [],
    usesReturned: isVoided ? [] : null,
    settledAt: null,
    toldBy: supplierId,
    usedAt: use.usedAt,
    detail: detailOf(coupon.state),
  }
}

function detailOf(state: CouponRow['state']): RedemptionDetail {
  if (state === 'voided') return { failure: 'the coupon was voided before its supplier told of the use' }
  return state === 'expired' ? { wasExpired: true } : {}
}

// Amounts that cannot be are no reason to lose the use.
function amountsOf({ amountFen, realAmountFen }: RecordUseCommand['use']) {
  const [amount, real] = [amountFen, realAmountFen].map((fen) => (isAmount(fen) ? fen : null))
  const isPossible = amount === null || real === null || real! <= amount!
  return isPossible ? { amountFen: amount!, realAmountFen: real! } : { amountFen: null, realAmountFen: null }
}

const isAmount = (fen: number | undefined): fen is number => Number.isSafeInteger(fen) && fen! >= 0

const fingerprintOf = ({ supplierId, codeHash, use }: RecordUseCommand): Buffer =>
  hash('sha256', JSON.stringify([supplierId, codeHash.toString('hex'), use.usedAt]), 'buffer').subarray(0, 16)
