import type { App } from '../../core/set-up/snapshot.ts'
import { laneIndexOf, laneOf } from '../../core/lanes.ts'
import { makeNumber } from '../../core/numbers.ts'
import type { Hub } from '../../hub.ts'
import { face } from './authenticate.ts'

/** What every command about an order carries: its own number and deadline, and which order of whose is meant. */
export function newOrderCommand({ now, config }: Hub, app: App, asked: { owner_id: string; mer_order_id: string }) {
  const at = now()
  const lane = laneOf(asked.mer_order_id)
  return {
    no: makeNumber(laneIndexOf(lane), at),
    deadline: new Date(at.getTime() + config.requestTimeoutSeconds * 1000),
    lane,
    face,
    appId: app.id,
    channelId: asked.owner_id,
    externalNo: asked.mer_order_id,
  }
}
