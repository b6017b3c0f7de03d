import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { hashCardNoWith, codeHash } from '../../src/core/keys/hashes.ts'
import type { IssueOutcome } from '../../src/core/issue/issue.ts'
import { cardOf } from '../../src/core/rules/index.ts'
import type { SupplierSaid } from '../../src/core/command/settle.ts'
import { verifyHub } from '../../src/core/verify/verify.ts'
import type { Database } from '../../src/db/client/client.ts'
import type { SupplierRequestRow } from '../../src/db/supplier-requests.ts'
import { heard } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { addRule } from '../support/rule-rows.ts'
import { item } from '../support/rules.ts'
import { foreignCode, seedSupplier, settleRequest, supplierWorld } from '../support/suppliers.ts'
import { issueCommand, redeemCommand, world } from '../support/world.ts'
import { act, openClockedHub, poolTemplateId, reverse, tellFirst, type ClockedHub } from './mix.ts'

// A week ends between the first two days, a month between the next two, then a year.
const days = ['2026-11-29', '2026-11-30', '2026-12-01', '2026-12-31', '2027-01-01', '2027-01-04']

/** A hub with everything that has happened in it, by which the next acts are chosen. */
type Story = ClockedHub & {
  issued: IssueOutcome[]
  codes: string[]
  redemptionNos: string[]
  open: SupplierRequestRow[]
}

const url = 'http://127.0.0.1:1/'

async function openStory(database: Database): Promise<Story> {
  const hub = await openClockedHub(database, new Date(`${days[0]}T09:00:00+08:00`))
  await seedSupplier(database, { makeCodeURL: url, verifyURL: url, verifyNotifyURL: url })
  const maxima = { limitMaxDay: 90, limitMaxWeek: 90, limitMaxMonth: 90, limitMaxYear: 90, limitMaxTotal: 900 }
  const limitOf = (limitKey: string, given = {}) => ({
    limitWay: 'Q',
    limitType: 'W',
    limitItems: [item(limitKey, { ...maxima, endTime: '20291231235959' })],
    ...given,
  })
  const ever = { endTime: '20291231235959' }
  await addRule(database, 'ActivityLimit', limitOf(world.activityId), { ...ever, ruleScene: 'make' })
  await addRule(database, 'CardNoLimit', limitOf('*'), ever)
  await addRule(database, 'CityLimit', limitOf('*', { retained: 'Y' }), ever)
  await hub.core.setup.refresh()
  return { ...hub, issued: [], codes: [], redemptionNos: [], open: [] }
}

const pick = <T>(all: readonly T[], by: number): T | undefined => all[by % Math.max(1, all.length)]

/** What may happen, each chosen by a number. What cannot be done is refused, and that is right too. */
const acts: ((story: Story, by: number) => Promise<unknown>)[] = [
  (story, by) => issue(story, by),
  (story, by) => issue(story, by),
  (story, by) => issue(story, by),
  (story, by) => order(story, by),
  (story, by) => redeem(story, by),
  (story, by) => redeem(story, by),
  (story, by) => redeem(story, by),
  (story, by) => answer(story, by),
  (story, by) => answer(story, by),
  async (story, by) => reverse(story, pick(story.redemptionNos, by) ?? 'none'),
  async (story, by) => change(story, by, 'void'),
  async (story, by) => change(story, by, 'freeze'),
  async (story, by) => change(story, by, 'expire'),
  async (story, by) => change(story, by, 'delay'),
  async (story) => tellFirst(story),
]

async function issue(story: Story, by: number): Promise<void> {
  const templateId = pick([world.templates.normal, world.templates.short, poolTemplateId], by)!
  const urls = by % 4 === 0 ? {} : { issueUrl: url, redeemUrl: url }
  const given = { templateId, useTimesMax: 3, memberId: `62${by % 3}`, ...urls }
  const outcome = await story.core.issue(issueCommand(story.now(), given))
  story.issued.push(outcome)
  story.codes.push(outcome.coupons[0]!.code)
}

async function order(story: Story, by: number): Promise<void> {
  const { templateId } = supplierWorld
  const given = { templateId, issueUrl: url, redeemUrl: url, quantity: 1 + (by % 2) }
  await asked(story, () => story.core.issue(issueCommand(story.now(), given)))
}

async function redeem(story: Story, by: number): Promise<void> {
  const card = cardOf(`622588000000888${by % 4}`, hashCardNoWith(story.hub.keyring))
  const given = { card, cityId: pick(['310000', '110000', '城'], by)! }
  await asked(story, async () => {
    const code = pick(story.codes, by) ?? 'none'
    const { redemption } = await story.core.redeem(redeemCommand(code, story.now(), given))
    story.redemptionNos.push(redemption.no)
  })
}

/** Does what may ask a supplier, and waits for its question rather than for its answer. */
async function asked(story: Story, does: () => Promise<unknown>): Promise<void> {
  const question = new Promise<void>((resolve) =>
    story.core.pending.listen((request) => {
      story.open.push(request)
      resolve()
    }),
  )
  await Promise.race([question, does()])
}

async function answer(story: Story, by: number): Promise<void> {
  const request = pick(story.open, by)
  if (request === undefined) return
  const said = saying(story, request, by)
  const { coupons } = await settleRequest(story.core, request, said)
  if (said.kind !== 'unknown') story.open.splice(story.open.indexOf(request), 1)
  story.codes.push(...coupons.map(({ code }) => code))
}

function saying({ hub: { keyring } }: Story, { kind, uses }: SupplierRequestRow, by: number): SupplierSaid {
  if (by % 3 === 1) return { kind: 'refused', words: 'no' }
  if (by % 3 === 2) return { kind: 'unknown', reason: 'silence' }
  const codes = Array.from({ length: kind === 'make' ? uses[0]![1] : 0 }, foreignCode)
  const sealed = codes.map((code) => ({ code, hash: codeHash(keyring, code), cipher: keyring.encrypt(code) }))
  return { kind: 'accepted', codes: sealed }
}

async function change(story: Story, by: number, what: 'void' | 'freeze' | 'expire' | 'delay'): Promise<void> {
  const coupon = pick(story.issued, by)
  const until = new Date(story.now().getTime() + 3_600_000)
  if (coupon !== undefined) await act(story, coupon, what, until)
}

/** Something wrong in every kind of sum, long after it was added up. */
async function plant({ sql }: Database): Promise<void> {
  await sql`update counters set used = used + 1 where key like 'stock:activity:%' or key like 'limit:%:T%'`
  await sql`update counters set used = used + 1 where key = (
    select min(key) from counters where key like 'holder:%' and ends_at is null)`
  await sql`update daily_totals set issued = issued + 1 where day = '2026-11-30'`
}

const chosen = fc.array(fc.tuple(fc.nat(acts.length - 1), fc.nat(1000)), { minLength: 20, maxLength: 25, size: 'max' })

describeOnEachDatabase('The proof over weeks, months and years', (database) => {
  const prove = async ({ core }: Story, isFull = false) =>
    (await verifyHub(core, { pauseMilliseconds: 0, isFull, attemptsOf: new Map([['lakala', 10]]) })).differences

  it('finds nothing, whatever happens on the days, and neither when all is counted again', async () => {
    const plot = fc.tuple(...days.map(() => chosen))
    const live = async (actsOfDays: [number, number][][]): Promise<void> => {
      const story = await openStory(database())
      for (const [i, day] of days.entries()) {
        story.at(new Date(`${day}T23:00:00+08:00`))
        // One at least, of the template that holders may have a few of.
        await issue(story, 0)
        for (const [which, by] of actsOfDays[i]!) {
          await heard(acts[which]!(story, by))
          story.at(new Date(story.now().getTime() + 7_000))
        }
        expect(await prove(story)).toEqual([])
      }
      story.at(new Date('2027-01-12T12:00:00+08:00'))
      expect(await prove(story)).toEqual([])
      expect(await prove(story, true)).toEqual([])
      await plant(database())
      const named = (await prove(story)).map(({ check }) => check)
      expect(new Set(named)).toEqual(new Set(['daily_total', 'holder_limit', 'limit', 'stock']))
    }
    await fc.assert(fc.asyncProperty(plot, live), { numRuns: 1, endOnFailure: true })
  })
})
