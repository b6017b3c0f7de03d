import type { CouponRow } from '../db/coupons.ts'
import type { OrderRow } from '../db/orders.ts'
import type { PoolCodeRow } from '../db/imported-codes.ts'
import { poolCodeKey, revealCode } from './codes/reveal.ts'
import { serialFrom } from './codes/code-space.ts'
import type { CoreContext } from './context.ts'
import { stateAt } from './coupon.ts'
import { refuse } from './errors.ts'
import type { IssueCommand, SealedIssueCommand } from './issue-command.ts'
import { prepareCodes } from './issue-codes.ts'
import { loadIssue, roomOf, type IssueWorld } from './issue-load.ts'
import { saveIssue, type IssueChange } from './issue-save.ts'
import { laneIndexOf } from './lanes.ts'
import { usesOf, type CounterUse } from './limits.ts'
import { hearNonce, refuseReplay } from './nonces.ts'
import { makeNotification } from './notify.ts'
import type { App, Template } from './set-up/snapshot.ts'
import { pairKey } from './set-up/snapshot.ts'
import type { Decision, Verb } from './verb.ts'

/** `code` is computed when it is asked for: by the one that is told, not while the batch holds its locks. */
export type IssuedCoupon = { readonly code: string; coupon: CouponRow }
export type IssueOutcome = { order: OrderRow; coupons: IssuedCoupon[]; template: Template; isRepeat: boolean }

/** The verb `issue`. Refuses as `decideIssue` does. */
export function createIssue(core: CoreContext): Verb<SealedIssueCommand, IssueWorld, IssueOutcome, IssueChange> {
  return {
    name: 'issue',
    prepare: (commands) => prepareCodes(core, commands),
    load: (tx, commands, setup) => loadIssue(core, tx, commands, setup),
    decide: (world, command, now) => decideIssue(world, command, now),
    save: saveIssue,
  }
}

const orderKey = (command: Pick<IssueCommand, 'channelId' | 'externalNo'>): string =>
  pairKey(command.channelId, command.externalNo)

function decideIssue(world: IssueWorld, command: SealedIssueCommand, now: Date): Decision<IssueOutcome, IssueChange> {
  const earlier = world.orders.get(orderKey(command))
  // Its own effect, found by a second run after a commit whose answer was lost: nothing is asked anew.
  if (earlier?.order.no === command.no) return { outcome: { ...repeat(world, earlier, now), isRepeat: false } }
  const app = checkApp(world, command)
  refuseReplay(world.heardNonces, command)
  checkChannel(world, app, command)
  if (earlier !== undefined) return decideRepeat(world, command, earlier, now)
  const template = checkOffer(world, command, now)
  const counters = world.countersOf.get(command.no)!
  checkRoom(world, counters, command.quantity)
  return issueNew(world, command, template, counters, now)
}

function checkApp({ setup }: IssueWorld, { face, appId }: IssueCommand): App {
  const app = setup.apps.get(pairKey(face, appId))
  if (app === undefined) return refuse('app_unknown', `there is no app ${appId}`)
  if (!app.isEnabled) refuse('app_disabled', `app ${app.id} is switched off`)
  return app
}

function checkChannel({ setup }: IssueWorld, app: App, { channelId }: IssueCommand): void {
  const channel = setup.channels.get(channelId)
  if (channel === undefined || !app.channelIds.has(channel.id)) {
    return refuse('channel_unknown', `app ${app.id} does not act for channel ${channelId}`)
  }
  if (!channel.isEnabled) refuse('channel_disabled', `channel ${channel.id} is switched off`)
}

type Earlier = { order: OrderRow; coupons: CouponRow[] }

function decideRepeat(world: IssueWorld, command: IssueCommand, earlier: Earlier, now: Date) {
  if (!earlier.order.fingerprint.equals(command.fingerprint)) {
    refuse('request_conflict', `order number ${command.externalNo} is used with other content`)
  }
  const outcome = repeat(world, earlier, now)
  const nonces = hearNonce(world.heardNonces, command, now)
  return nonces.length === 0 ? { outcome } : { outcome, change: { nonces } }
}

function repeat(world: IssueWorld, { order, coupons }: Earlier, now: Date): IssueOutcome {
  if (coupons.some((coupon) => stateAt(coupon, now) === 'voided')) refuse('order_voided', 'the coupon was voided')
  const template = world.setup.templates.get(order.templateId)
  if (template === undefined) throw new Error(`template ${order.templateId} of order ${order.no} is missing`)
  return { order, coupons: coupons.map((coupon) => withCode(world, coupon)), template, isRepeat: true }
}

const withCode = (world: IssueWorld, coupon: CouponRow): IssuedCoupon => ({
  get code() {
    return revealCode(coupon, world.setup, world.poolCodes, world.keyring)
  },
  coupon,
})

function checkOffer(world: IssueWorld, command: IssueCommand, now: Date): Template {
  const { setup } = world
  const activity = setup.activities.get(command.activityId)
  if (activity === undefined) return refuse('activity_not_found', `there is no activity ${command.activityId}`)
  if (!activity.isEnabled) refuse('activity_closed', `activity ${activity.id} is switched off`)
  if (now < activity.startsAt || now >= activity.endsAt)
    refuse('activity_closed', `activity ${activity.id} is not on now`)
  const template = setup.templates.get(command.templateId)
  if (template === undefined || !setup.activityTemplates.has(pairKey(activity.id, template.id))) {
    return refuse('template_not_found', `activity ${activity.id} has no template ${command.templateId}`)
  }
  if (!template.isEnabled || !setup.codeSources.get(template.sourceId)?.isEnabled) {
    refuse('template_disabled', `template ${template.id} or the source of its codes is switched off`)
  }
  if (template.validUntil !== null && template.validUntil <= now) {
    refuse('template_disabled', `the validity of template ${template.id} is over`)
  }
  if (template.useTimes > command.useTimesMax) {
    refuse('template_unsuitable', `template ${template.id} may be used ${template.useTimes} times`)
  }
  return template
}

// All counters are looked at before any is taken from: a refusal leaves the world as it was.
function checkRoom(world: IssueWorld, counters: CounterUse[], quantity: number): void {
  for (const counter of counters) {
    if (world.full.has(counter.key) || roomOf(counter, world.counters) < quantity) refuse(counter.code, counter.what)
  }
}

function issueNew(
  world: IssueWorld,
  command: SealedIssueCommand,
  template: Template,
  counters: CounterUse[],
  now: Date,
) {
  const taken = takeCodes(world, command, template)
  for (const { key } of counters) world.counters.get(key)!.used += command.quantity
  const order = makeOrder(command, now)
  const coupons = taken.map((serial) => makeCoupon(command, template, serial, counters, now))
  world.orders.set(orderKey(command), { order, coupons })
  const change: IssueChange = {
    nonces: hearNonce(world.heardNonces, command, now),
    order,
    coupons,
    poolCodes: coupons.flatMap((coupon) => poolCodeOf(world, coupon)),
    counters: counters.map(({ key }) => [key, command.quantity]),
    notifications: order.issueUrl === null ? [] : [issueNotification(world, order, order.issueUrl, template, now)],
  }
  const outcome = { order, coupons: coupons.map((coupon) => withCode(world, coupon)), template, isRepeat: false }
  return { outcome, change }
}

function takeCodes(world: IssueWorld, command: IssueCommand, template: Template): number[] {
  const source = world.codes.get(template.sourceId)
  if (source === undefined) throw new Error(`code source ${template.sourceId} was not loaded`)
  const numbers = source.take(command.quantity)
  if (numbers === undefined) return refuse('stock_exhausted', `code source ${template.sourceId} has no codes left`)
  return source.isPool ? numbers : numbers.map((number) => serialFrom(number, laneIndexOf(command.lane)))
}

function makeOrder(command: SealedIssueCommand, now: Date): OrderRow {
  return {
    lane: command.lane,
    no: command.no,
    channelId: command.channelId,
    externalNo: command.externalNo,
    face: command.face,
    appId: command.appId,
    activityId: command.activityId,
    templateId: command.templateId,
    state: 'succeeded',
    quantity: command.quantity,
    memberId: command.memberId ?? null,
    openid: command.holder.openid,
    openidHash: command.holder.openidHash,
    fingerprint: command.fingerprint,
    issueUrl: command.issueUrl ?? null,
    redeemUrl: command.redeemUrl ?? null,
    failure: null,
    createdAt: now,
    finishedAt: now,
  }
}

function makeCoupon(
  command: IssueCommand,
  template: Template,
  serial: number,
  counters: CounterUse[],
  now: Date,
): CouponRow {
  const runs = template.validForSeconds
  return {
    lane: command.lane,
    sourceId: template.sourceId,
    serial,
    orderNo: command.no,
    channelId: command.channelId,
    activityId: command.activityId,
    templateId: template.id,
    state: 'issued',
    faceValueFen: template.faceValueFen,
    useTimes: template.useTimes,
    usesLeft: template.useTimes,
    validFrom: template.validFrom ?? now,
    validUntil: runs === null ? template.validUntil! : new Date(now.getTime() + runs * 1000),
    uses: usesOf(counters),
    usesReturned: null,
    createdAt: now,
    changedAt: now,
  }
}

function poolCodeOf(world: IssueWorld, coupon: CouponRow): PoolCodeRow[] {
  const row = world.poolCodes.get(poolCodeKey(coupon.sourceId, coupon.serial))
  return row === undefined ? [] : [row]
}

const issueNotification = (world: IssueWorld, order: OrderRow, url: string, template: Template, now: Date) =>
  makeNotification(
    {
      kind: 'issued',
      lane: order.lane,
      face: order.face,
      appId: order.appId,
      channelId: order.channelId,
      orderNo: order.no,
      url,
      facts: { happenedAt: now.toISOString(), faceValueFen: template.faceValueFen },
    },
    world.firstWaitSeconds(order.face),
    now,
  )
