import type { AuditRow } from '../../db/audit.ts'
import type { Hub } from '../../hub.ts'
import { laneAt, laneIndexOf, laneOf, laneIndexOfNumber, makeNumber } from '../numbers/numbers.ts'
import type { App } from '../set-up/snapshot.ts'

/** What every command carries. */
export type Command = {
  /** Given when the request is received. What the command writes carries it, so that a re-run finds its own effect. */
  no: string
  /** After this instant nobody waits for the answer any more: the command is dropped before it is decided. */
  deadline: Date
}

/** Who acts by hand, and why. */
export type Operator = { name: string; reason: string | undefined }

/** The line in the audit table for one act; its id is the command's, so that a re-run cannot write it twice. */
export function auditRow(
  command: { no: string },
  operator: Operator,
  act: string,
  subjectKind: string,
  subjectId: string,
  before: unknown,
  after: unknown,
  now: Date,
): AuditRow {
  return {
    at: now,
    id: command.no,
    actor: operator.name,
    act,
    subjectKind,
    subjectId,
    reason: operator.reason ?? null,
    before,
    after,
  }
}

/** Which order of whose is meant: by the channel's number. */
type OrderName = { channelId: string; externalNo: string }

/** What every command about an order carries: its own number and deadline, and which order is meant. */
export const newOrderCommand = (hub: Hub, app: App, { channelId, externalNo }: OrderName) => ({
  ...commandIn(hub, app, channelId, laneOf(externalNo)),
  externalNo,
})

/** The same about an order that is named by our number alone; a number that is none of ours names nothing in any lane. */
export const newNumberedOrderCommand = (hub: Hub, app: App, channelId: string, orderNo: string) => ({
  ...commandIn(hub, app, channelId, laneAt(laneIndexOfNumber(orderNo) ?? 0)),
  orderNo,
})

function commandIn({ now, config }: Hub, { face, id: appId }: App, channelId: string, lane: number) {
  const at = now()
  return {
    no: makeNumber(laneIndexOf(lane), at),
    deadline: new Date(at.getTime() + config.requestTimeoutSeconds * 1000),
    lane,
    face,
    appId,
    channelId,
  }
}
