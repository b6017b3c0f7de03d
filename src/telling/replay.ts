import { randomUUID } from 'node:crypto'
import type { CallbackProtocol } from '../core/notify/callback.ts'
import type { Core } from '../core/core.ts'
import { auditRow, type Operator } from '../core/command/command.ts'
import { makeNumber } from '../core/numbers/numbers.ts'
import { insertAudit } from '../db/audit.ts'
import type { ClaimedNotification } from '../db/notification-queue.ts'
import { claimNamed, findNotifications, type NotificationFilter, type PageStart } from '../db/notification-search.ts'
import type { NotificationRow } from '../db/notifications.ts'
import { beginBatch } from '../db/set-up.ts'
import { claimEnd, gatherTellings, type Gathered } from './claims.ts'
import { deliver, resultOf } from './deliver.ts'
import type { Sender } from '../http-out/send.ts'
import { writeResults } from './results.ts'

/** What a manual replay may repeat. What was withdrawn never: the partner is not to hear of it. */
export type ReplayState = Exclude<NotificationRow['state'], 'withdrawn'>
export type ReplayFilter = Omit<NotificationFilter, 'states'> & { states?: readonly ReplayState[] | undefined }

type ReplayOptions = {
  protocols: ReadonlyMap<string, CallbackProtocol>
  sender: Sender
  operator: Operator
  isDryRun?: boolean
  onProgress?: (report: ReplayReport) => void
}

/** `skipped`: somebody was telling it at that instant, or it had changed its state by then. */
export type ReplayReport = { matched: number; delivered: number; failed: number; skipped: number }

const defaultStates: readonly ReplayState[] = ['due', 'given_up']
const dryRunPage = 1_000
const largestPage = 100

/**
 * Tells once more, by hand: each notification that matches when it is its turn gets one attempt, now, whatever its
 * schedule says. Success ends the schedule; failure leaves it as it was. Without `states` what was delivered is left
 * alone. Reads page by page, and no further than what was there when it began. A dry run only counts. Other than that
 * the act is in the audit table before the first attempt is made.
 */
export async function replay(core: Core, filter: ReplayFilter, options: ReplayOptions): Promise<ReplayReport> {
  const { hub } = core
  const startedAt = hub.now()
  const wanted = {
    ...filter,
    states: filter.states ?? defaultStates,
    until: filter.until ?? new Date(startedAt.getTime() + 1),
  }
  if (options.isDryRun !== true) await audit(core, wanted, options.operator, startedAt)
  const size = options.isDryRun === true ? dryRunPage : Math.min(largestPage, hub.config.dispatchConcurrencyPerAddress)
  const report = { matched: 0, delivered: 0, failed: 0, skipped: 0 }
  for (let after: PageStart | undefined; ;) {
    const page = await findNotifications(hub.database.sql, wanted, after, size)
    report.matched += page.length
    if (options.isDryRun !== true && page.length > 0) await replayPage(core, page, wanted.states, options, report)
    options.onProgress?.({ ...report })
    after = page.at(-1)
    if (page.length < size) return report
  }
}

async function audit(core: Core, filter: ReplayFilter, operator: Operator, now: Date): Promise<void> {
  const { name, ...rest } = filter
  const id = name?.no ?? 'filtered'
  const no = makeNumber(0, now)
  const row = auditRow({ no }, operator, 'notification.replay', 'notification', id, null, rest, now)
  await core.hub.database.transaction((tx) => insertAudit(tx, [row]))
}

async function replayPage(
  core: Core,
  page: readonly NotificationRow[],
  states: readonly ReplayState[],
  options: ReplayOptions,
  report: ReplayReport,
): Promise<void> {
  const gathered = await claimPage(core, page, states)
  const results = await Promise.all(gathered.map((one) => tellByHand(core, one, options)))
  await core.hub.database.transaction(async (tx) => {
    await beginBatch(tx)
    await writeResults(tx, results)
  })
  const delivered = results.filter(({ delivery }) => delivery.outcome === 'delivered').length
  report.delivered += delivered
  report.failed += results.length - delivered
  report.skipped += page.length - results.length
}

function claimPage(
  core: Core,
  page: readonly NotificationRow[],
  states: readonly ReplayState[],
): Promise<Gathered<ClaimedNotification>[]> {
  const { database, keyring, now } = core.hub
  const at = now()
  const claim = { names: page, states, now: at, claimId: randomUUID(), claimedUntil: claimEnd(at) }
  return database.transaction(async (tx) => {
    const version = await beginBatch(tx)
    const claimed = await claimNamed(tx, claim)
    return gatherTellings(tx, await core.setup.at(version, tx), keyring, claimed)
  })
}

async function tellByHand(
  core: Core,
  { notification, telling }: Gathered<ClaimedNotification>,
  options: ReplayOptions,
) {
  const attempt = await deliver({ hub: core.hub, ...options }, notification, telling)
  const { timeFactor } = core.hub.config
  return resultOf(notification, attempt, { waitsSeconds: [], timeFactor, isManual: true, manualAttempts: 0 })
}
