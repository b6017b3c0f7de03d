import type { IssueOutcome } from '../../src/core/issue/issue.ts'
import { completeDeliveries } from '../../src/db/notification-queue.ts'
import { insertDeliveries } from '../../src/db/deliveries.ts'
import { insertRows } from '../../src/db/client/rows.ts'
import { raiseSetupVersion } from '../../src/db/set-up.ts'
import type { Database } from '../../src/db/client/client.ts'
import { requestScope } from '../../src/core/redeem/redeem.ts'
import { codeHash } from '../../src/core/keys/hashes.ts'
import { makeNumber } from '../../src/core/numbers/numbers.ts'
import { issueCommand, openTestHub, redeemCommand, world, type TestHub } from '../support/world.ts'

export const poolTemplateId = 'T-POOL'
export const poolId = 2
const operator = { name: 'An operator', reason: 'a test' }

/** A hub whose clock the test sets. */
export type ClockedHub = TestHub & { at: (now: Date) => void; now: () => Date }

/** A hub with limits per holder on the normal template, and a template of imported codes. */
export async function openClockedHub(database: Database, start: Date): Promise<ClockedHub> {
  let now = start
  const hub = await openTestHub(database, { now: () => now })
  await addOffers(hub, database)
  await hub.core.setup.refresh()
  return { ...hub, at: (then) => void (now = then), now: () => now }
}

async function addOffers({ hub: { keyring } }: TestHub, database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    await raiseSetupVersion(tx)
    await tx`update templates set max_per_member = 1000, max_per_member_day = 1000, max_per_openid = 1000
      where id = ${world.templates.normal}`
    const named = { isEnabled: true, createdAt: new Date(0) }
    const source = { ...named, id: poolId, kind: 'pool', name: 'imported', alphabet: null, length: null }
    await insertRows(tx, 'code_sources', [source])
    await tx`create temporary table copied as select * from templates where id = ${world.templates.normal}`
    await tx`update copied set id = ${poolTemplateId}, source_id = ${poolId}, max_per_member = null,
      max_per_member_day = null, max_per_openid = null, use_times = 3`
    await tx`insert into templates select * from copied`
    await tx`drop table copied`
    await insertRows(tx, 'activity_templates', [
      { activityId: world.activityId, templateId: poolTemplateId, ticketId: 77 },
    ])
    const codes = Array.from({ length: 20 }, (_, number) => ({ code: `POOLCODE${number}`, number }))
    const names = codes.map(({ code, number }) => ({ codeHash: codeHash(keyring, code), sourceId: poolId, number }))
    await insertRows(
      tx,
      'imported_codes',
      names.map((name) => ({ ...name, lane: null })),
    )
    await insertRows(
      tx,
      'pool_codes',
      names.map((name, i) => ({ ...name, cipher: keyring.encrypt(codes[i]!.code) })),
    )
    await insertRows(tx, 'counters', [
      { key: `numbers:${poolId}`, used: 0, max: codes.length },
      { key: `stock:activity:${world.activityId}`, used: 0, max: 1_000_000 },
    ])
  })
}

const urls = { issueUrl: 'http://127.0.0.1/issued', redeemUrl: 'http://127.0.0.1/used' }

export type Mix = { issued: IssueOutcome[]; redemptionNos: string[] }

/** Every verb once or more: what is redeemed, reversed, voided, frozen, delayed, expired, told and left alone. */
export async function playMix(hub: ClockedHub): Promise<Mix> {
  const { core, now, at } = hub
  const issue = (templateId: string, i: number) =>
    core.issue(
      issueCommand(now(), { templateId, useTimesMax: 3, ...(i % 5 === 4 ? {} : urls), memberId: `62${i % 3}` }),
    )
  const normal = await Promise.all(Array.from({ length: 12 }, (_, i) => issue(world.templates.normal, i)))
  const pooled = await Promise.all(Array.from({ length: 4 }, (_, i) => issue(poolTemplateId, i)))
  const short = await Promise.all(Array.from({ length: 3 }, (_, i) => issue(world.templates.short, i)))
  const codeOf = (outcome: IssueOutcome): string => outcome.coupons[0]!.code
  const redeemed = await Promise.all(
    [...normal.slice(0, 6), ...pooled.slice(0, 2)].map((outcome) => core.redeem(redeemCommand(codeOf(outcome), now()))),
  )
  const redemptionNos = redeemed.map(({ redemption }) => redemption.no)
  for (const redemptionNo of redemptionNos.slice(0, 2)) await reverse(hub, redemptionNo)
  await act(hub, normal[8]!, 'void')
  await act(hub, normal[9]!, 'freeze')
  await act(hub, pooled[3]!, 'void')
  await tellFirst(hub)
  await reverse(hub, redemptionNos[2]!)
  at(new Date(now().getTime() + 25_000))
  for (const outcome of short) await act(hub, outcome, 'expire')
  await act(hub, short[0]!, 'delay', new Date(now().getTime() + 20_000))
  at(new Date(now().getTime() + 25_000))
  await act(hub, short[0]!, 'expire')
  await act(hub, short[1]!, 'delay', new Date(now().getTime() + 3_600_000))
  return { issued: [...normal, ...pooled, ...short], redemptionNos }
}

const stamp = (now: Date) => ({ no: makeNumber(0, now), deadline: new Date(now.getTime() + 60_000) })

export const reverse = ({ core, now }: ClockedHub, redemptionNo: string) =>
  core.reverse({ ...stamp(now()), by: { operator }, redemptionNo })

/** The till's own cancel of a request that never came. */
export const forestall = ({ core, now }: ClockedHub, traceNo: string) => {
  const { acceptorId, merchantNo, shopNo, face, appId } = redeemCommand('x', now())
  const till = { acceptorId, merchantNo, shopNo, face, appId }
  return core.reverse({ ...stamp(now()), by: { till }, scopeHash: requestScope(acceptorId, 'number', traceNo) })
}

type Act = 'void' | 'freeze' | 'expire' | 'delay'

export function act({ core, now }: ClockedHub, { coupons }: IssueOutcome, name: Act, until?: Date) {
  const { lane, sourceId, serial } = coupons[0]!.coupon
  const coupon = { lane, sourceId, serial }
  return core.changeCoupon({ ...stamp(now()), act: name, coupon, until, operator })
}

/** Delivers one notification of each kind that is due. */
export async function tellFirst({ hub: { database }, now }: ClockedHub): Promise<void> {
  const claimId = '00000000-0000-4000-8000-000000000001'
  const claimed = await database.sql<{ lane: number; no: string }[]>`
    update notifications n set claim_id = ${claimId}::uuid, claimed_until = ${now()}
    from (select distinct on (kind) lane, no from notifications where state = 'due' order by kind, no desc) x
    where n.lane = x.lane and n.no = x.no returning n.lane, n.no`
  await database.transaction(async (tx) => {
    const done = { claimId, state: 'delivered' as const, dueAt: null, finishedAt: now() }
    await completeDeliveries(
      tx,
      claimed.map((name) => ({ ...name, ...done })),
    )
    await insertDeliveries(
      tx,
      claimed.map(({ lane, no }) => ({
        lane,
        notificationNo: no,
        attempt: 1,
        isManual: false,
        startedAt: now(),
        durationMilliseconds: 1,
        outcome: 'delivered' as const,
        httpStatus: 200,
        answer: 'ok',
        error: null,
      })),
    )
  })
}
