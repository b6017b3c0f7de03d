import type { NotificationRow } from '../../db/notifications.ts'
import type { CouponRow } from '../../db/coupons.ts'
import type { Tx } from '../../db/client/client.ts'
import { changeNow, loadChangeCoupon, type ChangeCouponWorld } from './change-coupon.ts'
import type { Change } from '../batch/change.ts'
import type { CoreContext, Decided, Verb } from '../batch/verb.ts'
import { couponKey, type CouponAct } from '../coupon/coupon.ts'
import { HubError, refuse } from '../command/errors.ts'
import { findCandidates, type Candidates } from '../coupon/coupon-code.ts'
import { laneIndexOf, makeNumberFor } from '../numbers/numbers.ts'
import {
  rememberNonce,
  loadNonces,
  refuseReplay,
  type KnownNonces,
  type Nonce,
  checkChannelCaller,
  type ChannelCaller,
} from '../command/callers.ts'
import { makeNotification } from '../notify/notification.ts'
import type { Setup } from '../set-up/snapshot.ts'
import type { Command } from '../command/command.ts'

/** What a channel wants done to codes of its own, each of which is named once. */
type ChangeCodesCommand = Command & {
  by: ChannelCaller
  act: Exclude<CouponAct, 'expire'>
  codes: string[]
  /** The new end, for `delay`. */
  until?: Date | undefined
  reason: string | undefined
  /** All codes are changed or none; else each for itself. */
  isWhole: boolean
  /** Where the channel is told what became of them; `seal` puts it into its wire's words, encrypted. */
  tell?: { url: string; seal: (changed: ChangedCode[]) => string } | undefined
  nonce?: Nonce | undefined
}

/** What became of one code: the coupon as it is now, or why nothing was changed. */
export type ChangedCode = { code: string; coupon: CouponRow | undefined; refusal: HubError | undefined }

/** `refusal` is there where all were to be changed and one may not be: nothing was changed then. */
type ChangeCodesOutcome = { changed: ChangedCode[]; refusal: HubError | undefined }

type ChangeCodesWorld = ChangeCouponWorld & { setup: Setup; candidates: Candidates; knownNonces: KnownNonces }
/**
 * Changes codes and has the channel told of it, in one transaction. Codes of other channels are not found. Doing it again
 * changes nothing more. Refuses as `checkChannelCaller` does.
 */
export function createChangeCodes(core: CoreContext): Verb<ChangeCodesCommand, ChangeCodesWorld, ChangeCodesOutcome> {
  return {
    name: 'change-codes',
    load: (tx, commands, setup) => loadChangeCodes(core, tx, commands, setup),
    decide: decideChangeCodes,
  }
}

async function loadChangeCodes(core: CoreContext, tx: Tx, commands: ChangeCodesCommand[], setup: Setup) {
  const { hub } = core
  const codes = commands.flatMap((command) => command.codes)
  const candidates = await findCandidates(tx, codes, setup, hub.keyring)
  const named = commands.flatMap(({ act, codes }) =>
    codes.flatMap((code) => candidates.get(code)!.map((coupon) => ({ act, coupon }))),
  )
  const [world, knownNonces] = await Promise.all([
    loadChangeCoupon(core, tx, named, setup),
    loadNonces(tx, commands, hub.now()),
  ])
  return { ...world, candidates, knownNonces }
}

type Judged = ChangedCode & { change: Change | undefined }

function decideChangeCodes(
  world: ChangeCodesWorld,
  command: ChangeCodesCommand,
  now: Date,
): Decided<ChangeCodesOutcome> {
  refuseReplay(world.knownNonces, command)
  checkChannelCaller(world.setup, command.by)
  const judged = command.codes.map((code) => judge(world, command, code, now))
  const refusal = command.isWhole ? judged.find((one) => one.refusal !== undefined)?.refusal : undefined
  const changed = judged.map((one) => (refusal === undefined ? changedOf(one) : leftAsItIs(world, one)))
  const changes = refusal === undefined ? judged.flatMap(({ change }) => change ?? []) : []
  for (const { coupon } of refusal === undefined ? changed : []) {
    if (coupon !== undefined) world.coupons.set(couponKey(coupon), { ...coupon })
  }
  const nonces = rememberNonce(world.knownNonces, command, now)
  // A second run after a commit whose answer was lost finds its nonce: it has had the channel told.
  const isRerun = command.nonce !== undefined && nonces.length === 0
  const notifications = isRerun ? [] : notificationsOf(world, command, changed, now)
  return { outcome: { changed, refusal }, change: [...changes, { nonces, notifications }] }
}

/** Tries the act on a copy of the coupon that a code names. */
function judge(world: ChangeCodesWorld, command: ChangeCodesCommand, code: string, now: Date): Judged {
  const { act, until, reason, by } = command
  const own = world.candidates
    .get(code)!
    .map((name) => world.coupons.get(couponKey(name)))
    .find((row) => row?.channelId === by.channelId)
  try {
    if (own === undefined) return refuse('coupon_not_found', 'the code names no coupon')
    const coupon = { ...own }
    const operator = { name: `channel ${by.channelId}`, reason }
    const no = makeNumberFor(couponKey(coupon), command.no, laneIndexOf(coupon.lane), now)
    const asked = { no, act, until, operator }
    return { code, coupon, refusal: undefined, change: changeNow(world, asked, coupon, now) }
  } catch (error) {
    if (error instanceof HubError) return { code, coupon: own, refusal: error, change: undefined }
    throw error
  }
}

const changedOf = ({ code, coupon, refusal }: Judged): ChangedCode => ({ code, coupon, refusal })

/** A code that could have been changed where another one could not. */
function leftAsItIs(world: ChangeCodesWorld, { code, coupon, refusal }: Judged): ChangedCode {
  const own = coupon && world.coupons.get(couponKey(coupon))
  const why = () => new HubError('coupon_state_conflict', 'another code of the request may not be changed')
  return { code, coupon: own && { ...own }, refusal: refusal ?? why() }
}

function notificationsOf(
  { firstWaitSeconds }: ChangeCodesWorld,
  { no, by, tell }: ChangeCodesCommand,
  changed: ChangedCode[],
  now: Date,
): NotificationRow[] {
  // The first coupon says whose lane it is.
  const first = changed.find(({ coupon }) => coupon !== undefined)?.coupon
  if (tell === undefined || first === undefined) return []
  const { face, appId, channelId } = by
  const { lane, orderNo } = first
  const facts = { happenedAt: now.toISOString(), sealed: tell.seal(changed) }
  const subject = { causeNo: no, kind: 'changed' as const, lane, face, appId, channelId, orderNo, url: tell.url, facts }
  return [makeNotification(subject, firstWaitSeconds(face), now)]
}
