import { insertNotifications } from '../db/notifications.ts'
import { readCoupons, type CouponName, type CouponRow } from '../db/coupons.ts'
import type { Core } from './core.ts'
import type { CouponAct } from './coupon-acts.ts'
import { HubError } from './errors.ts'
import { findCandidates } from './find-coupon.ts'
import { laneIndexOf } from './lanes.ts'
import { makeNotification } from './notify.ts'
import { makeNumber } from './numbers.ts'
import { checkChannelCaller, type ChannelCaller } from './redeemable.ts'

/** What a channel wants done to codes of its own. */
export type CodesChange = {
  by: ChannelCaller
  act: Exclude<CouponAct, 'expire'>
  codes: string[]
  /** The new end, for `delay`. */
  until?: Date | undefined
  reason: string | undefined
  deadline: Date
}

/** What became of one code: the coupon as it is now, or why nothing was changed. */
export type ChangedCode = { code: string; coupon: CouponRow | undefined; refusal: HubError | undefined }

/**
 * Changes coupons code by code: each by a command of its own, so that what may not be changed hinders no other. Codes of
 * other channels are not found. Doing it again changes nothing more. Refuses as `checkChannelCaller` does.
 */
export async function changeCodes(core: Core, change: CodesChange): Promise<ChangedCode[]> {
  const setup = await core.setup.refresh()
  checkChannelCaller(setup, change.by)
  const { database, keyring } = core.hub
  const candidates = await findCandidates(database.sql, change.codes, setup, keyring)
  const coupons = await readCoupons(database.sql, [...candidates.values()].flat())
  return Promise.all(
    change.codes.map((code) => {
      const names = candidates.get(code) ?? []
      const own = coupons.find(
        (row) => row.channelId === change.by.channelId && names.some((name) => isSame(name, row)),
      )
      return changeOne(core, change, code, own)
    }),
  )
}

const isSame = (a: CouponName, b: CouponName): boolean =>
  a.lane === b.lane && a.sourceId === b.sourceId && a.serial === b.serial

async function changeOne(
  core: Core,
  { by, act, until, reason, deadline }: CodesChange,
  code: string,
  found: CouponRow | undefined,
): Promise<ChangedCode> {
  if (found === undefined) {
    return { code, coupon: undefined, refusal: new HubError('coupon_not_found', 'the code names no coupon') }
  }
  const no = makeNumber(laneIndexOf(found.lane), core.hub.now())
  const operator = { name: `channel ${by.channelId}`, reason }
  try {
    const subject = `${code.slice(0, 4)}****${code.slice(-4)}`
    const { coupon } = await core.changeCoupon({ no, deadline, act, coupon: found, subject, until, operator })
    return { code, coupon, refusal: undefined }
  } catch (error) {
    if (error instanceof HubError) return { code, coupon: found, refusal: error }
    throw error
  }
}

/** Has a channel told what became of its codes. `sealed` is encrypted; the first coupon says whose lane it is. */
export async function tellChangedCodes(
  core: Core,
  { face, appId, channelId }: ChannelCaller,
  { lane, orderNo }: CouponRow,
  url: string,
  sealed: string,
): Promise<void> {
  const now = core.hub.now()
  const facts = { happenedAt: now.toISOString(), sealed }
  const subject = { kind: 'changed' as const, lane, face, appId, channelId, orderNo, url, facts }
  const row = makeNotification(subject, core.firstWaitSeconds(face), now)
  await core.hub.database.transaction((tx) => insertNotifications(tx, [row]))
}
