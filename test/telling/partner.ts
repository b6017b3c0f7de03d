import { startReceiver } from '../../simulators/receiver.ts'
import type { Receiver } from '../../simulators/receiver.ts'
import type { Config } from '../../src/config.ts'
import type { Core } from '../../src/core/core.ts'
import type { Database } from '../../src/db/client/client.ts'
import { readDeliveries, type DeliveryRow } from '../../src/db/deliveries.ts'
import { readNotificationsOfOrder, type NotificationRow } from '../../src/db/notifications.ts'
import type { OrderRow } from '../../src/db/orders.ts'
import { createAddressGuard } from '../../src/http-out/address-guard.ts'
import { createDispatcher, type Dispatcher, type DispatcherOptions } from '../../src/telling/dispatcher.ts'
import { createSender, type Sender } from '../../src/http-out/send.ts'
import { callbackProtocols } from '../../src/faces/index.ts'
import { createClock, type TestClock } from '../support/clock.ts'
import { testKeys } from '../support/keys.ts'
import { issueCommand, openTestHub, redeemCommand, world } from '../support/world.ts'

/** A hub under a virtual clock, and a partner that it calls back. */
export type Scene = {
  core: Core
  clock: TestClock
  receiver: Receiver
  sender: Sender
  makeDispatcher: (options?: Partial<DispatcherOptions>) => Dispatcher
  /** Issues a coupon to the bank, which wants to hear of its redemption, and of its issue where `isIssueTold`. */
  issue: (options?: IssueOptions) => Promise<Issued>
  redeem: (code: string) => Promise<string>
  notifications: (order: OrderRow) => Promise<NotificationRow[]>
  deliveries: (notification: NotificationRow) => Promise<DeliveryRow[]>
  close: () => Promise<void>
}

export type IssueOptions = { templateId?: string; isIssueTold?: boolean; path?: string }
export type Issued = { order: OrderRow; code: string }

export async function openScene(database: Database, config: Partial<Config> = {}): Promise<Scene> {
  const clock = createClock()
  const { core } = await openTestHub(database, { now: clock.now, config })
  const receiver = await startReceiver({ platformPublicKeyPem: testKeys().platform.publicKeyPem })
  const guard = createAddressGuard({ allowedNetworks: [], isLoopbackAllowed: true })
  const sender = createSender({ guard, timeoutMilliseconds: 5_000 })
  const sql = database.sql
  return {
    core,
    clock,
    receiver,
    sender,
    makeDispatcher: (options) => createDispatcher(core, { protocols: callbackProtocols, sender, ...options }),
    issue: async ({ templateId = world.templates.normal, isIssueTold = false, path = '' } = {}) => {
      const redeemUrl = `${receiver.url}/lakala/used${path}`
      const issueUrl = isIssueTold ? `${receiver.url}/lakala/issued${path}` : undefined
      const { order, coupons } = await core.issue(issueCommand(clock.now(), { templateId, redeemUrl, issueUrl }))
      return { order, code: coupons[0]!.code }
    },
    redeem: async (code) => (await core.redeem(redeemCommand(code, clock.now()))).redemption.no,
    notifications: (order) => readNotificationsOfOrder(sql, order.lane, order.no),
    deliveries: (notification) => readDeliveries(sql, notification),
    close: async () => {
      await receiver.close()
      await sender.close()
    },
  }
}
