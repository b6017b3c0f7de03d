import { laneAt, laneIndexOf, laneIndexOfNumber, laneOf, makeNumber } from '../core/numbers/numbers.ts'
import type { App } from '../core/set-up/snapshot.ts'
import type { Hub } from '../hub.ts'

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
