import type { CouponRow, Use } from '../../db/coupons.ts'
import type { NotificationRow } from '../../db/notifications.ts'
import type { OrderRow } from '../../db/orders.ts'
import type { SealedIssueCommand } from '../command/issue.ts'
import { makeNotification } from '../notify/notification.ts'
import type { Template } from '../set-up/snapshot.ts'

/** An order as it stands right after it was decided: done, or waiting for its supplier. */
export function makeOrder(
  command: SealedIssueCommand,
  template: Template,
  settlementPriceFen: number,
  isPending: boolean,
  now: Date,
): OrderRow {
  const { openid, openidHash, mobile, mobileHash } = command.holder
  return {
    lane: command.lane,
    no: command.no,
    channelId: command.channelId,
    externalNo: command.externalNo,
    face: command.face,
    appId: command.appId,
    activityId: command.activityId,
    templateId: command.templateId,
    state: isPending ? 'pending' : 'succeeded',
    quantity: command.quantity,
    memberId: command.memberId ?? null,
    openid,
    openidHash,
    fingerprint: command.fingerprint,
    issueUrl: command.issueUrl ?? null,
    redeemUrl: command.redeemUrl ?? null,
    expireUrl: command.expireUrl ?? null,
    requestId: command.requestId ?? null,
    remark: command.remark ?? null,
    mobile,
    mobileHash,
    terms: command.terms ?? {},
    supplierId: template.supplierId,
    settlementPriceFen,
    failure: null,
    failureCode: null,
    createdAt: now,
    finishedAt: isPending ? null : now,
  }
}

/** The coupons of an order, one for each serial. `uses` is what each of them took from counters. */
export function makeCoupons(
  order: OrderRow,
  template: Template,
  serials: readonly number[],
  uses: Use[],
  now: Date,
): CouponRow[] {
  return serials.map((serial) => ({
    lane: order.lane,
    sourceId: template.sourceId,
    serial,
    orderNo: order.no,
    channelId: order.channelId,
    activityId: order.activityId,
    templateId: template.id,
    state: order.terms.isInactive === true ? 'inactive' : 'issued',
    faceValueFen: template.faceValueFen,
    useTimes: template.useTimes,
    usesLeft: template.useTimes,
    ...validityOf(order, template, now),
    uses,
    usesReturned: null,
    createdAt: now,
    changedAt: now,
  }))
}

/** From when and until when an order's coupons are valid: as it asked for, or else as its template says. */
export function validityOf({ terms }: Pick<OrderRow, 'terms'>, template: Template, now: Date) {
  if (terms.validFrom !== undefined && terms.validUntil !== undefined) {
    return { validFrom: new Date(terms.validFrom), validUntil: new Date(terms.validUntil) }
  }
  const runs = template.validForSeconds
  return {
    validFrom: template.validFrom ?? now,
    validUntil: runs === null ? template.validUntil! : new Date(now.getTime() + runs * 1000),
  }
}

/** What each coupon of an order took, of what they all took together. */
export const shareOf = (uses: readonly Use[], quantity: number): Use[] =>
  uses.map(([key, amount]) => [key, amount / quantity])

/** How notifications of an order are made: when each face tells first, and where short messages go, if anywhere. */
export type Tellers = { firstWaitSeconds: (protocol: string) => number; messageUrl: string | undefined }

/** What is told when an order is done: its channel hears of it, and its holder gets the codes. */
export function orderNotifications(
  tellers: Tellers,
  order: OrderRow,
  template: Template,
  causeNo: string,
  now: Date,
): NotificationRow[] {
  const { lane, face, appId, channelId, no: orderNo, issueUrl } = order
  const subject = { causeNo, lane, face, appId, channelId, orderNo }
  const facts = { happenedAt: now.toISOString(), faceValueFen: template.faceValueFen }
  const told =
    issueUrl === null
      ? []
      : [makeNotification({ ...subject, kind: 'issued', url: issueUrl, facts }, tellers.firstWaitSeconds(face), now)]
  return order.state === 'succeeded' ? [...told, ...messageNotifications(tellers, order, causeNo, now)] : told
}

/** The short message of an order that asked for one, where there is a gateway for it. */
export function messageNotifications(
  { firstWaitSeconds, messageUrl }: Tellers,
  { lane, face, appId, channelId, no: orderNo, mobile }: OrderRow,
  causeNo: string,
  now: Date,
): NotificationRow[] {
  if (mobile === null || messageUrl === undefined) return []
  const facts = { happenedAt: now.toISOString() }
  const subject = { causeNo, kind: 'message' as const, lane, face, appId, channelId, orderNo, url: messageUrl, facts }
  return [makeNotification(subject, firstWaitSeconds('sms'), now)]
}
