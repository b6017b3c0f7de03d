import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { errorCodes, type ErrorCode } from '../../src/core/command/errors.ts'
import type { IssueCommand } from '../../src/core/command/issue.ts'
import { makeNonceKey } from '../../src/core/command/callers.ts'
import type { RedeemCommand } from '../../src/core/command/redeem.ts'
import { changeSetUp, heard, openScene, type Scene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { issueCommand, redeemCommand, world } from '../support/world.ts'

/** What makes a command be refused with each code, while everything else about it is right. */
type Faults<Command> = Partial<Record<ErrorCode, Partial<Command>>>

const fingerprint = createHash('sha256').update('first content').digest()
const otherFingerprint = createHash('sha256').update('other content').digest()
const { normal, scarce } = world.templates
const acceptor = world.shoubei.instNo

const switchedOff = `
  insert into apps select face, 'APP-OFF', name, acceptor_id, false, settings, created_at from apps;
  insert into app_channels values ('lakala', 'APP-OFF', '${world.channelId}');
  insert into channels select 'C-OFF', name, false, settings, created_at from channels;
  insert into app_channels select face, id, 'C-OFF' from apps where face = 'lakala';
  insert into activities select 'A-OFF', name, starts_at, ends_at, 5, null, null, null, false, created_at from activities;
  update activities set max_per_member = 5;
  update templates set is_enabled = false where id = '${world.templates.short}';
  insert into templates select (jsonb_populate_record(t, '{"id":"T-DEAR"}')).* from templates t where id = '${normal}';
  insert into activity_templates values ('${world.activityId}', 'T-DEAR', 77);
  insert into channel_prices values ('${world.channelId}', 'T-DEAR', 1000001);
  insert into counters values ('balance:${world.channelId}', 0, 1000000), ('stock:template:T-DEAR', 0, 0);
  insert into activity_templates select 'A-OFF', id, 1 + row_number() over () from templates;
  update counters set max = 0 where key = 'stock:template:${scarce}';
  update templates set min_order_fen = 5000,
    redeemable_at = '{"kind":"shops","acceptor":"${acceptor}","shops":["S001","S-OFF","S-GUESS"]}';
  insert into shops select acceptor_id, v.no, merchant_no, name, city_id, v.no <> 'S-OFF', created_at
    from shops, (values ('S-OFF'), ('S-FAR'), ('S-GUESS')) v (no)`

/** All commands that have two faults of the table, with the code that is to be heard: the one listed first. */
function pairsOf<Command>(faults: Faults<Command>): { pair: string; given: Partial<Command>; first: string }[] {
  const codes = errorCodes.filter((code) => code in faults)
  return codes.flatMap((first, i) =>
    codes.slice(i).flatMap((second) => {
      const [one, other] = [faults[first]!, faults[second]!]
      const isOfOnePlace = first !== second && Object.keys(one).some((name) => name in other)
      return isOfOnePlace ? [] : [{ pair: `${first} and ${second}`, given: { ...one, ...other }, first }]
    }),
  )
}

async function expectFirst<Command>(faults: Faults<Command>, ask: (given: Partial<Command>) => Promise<unknown>) {
  const pairs = pairsOf(faults)
  const words = await Promise.all(pairs.map(({ given }) => heard(ask(given))))
  expect(pairs.map(({ pair }, i) => `${pair}: ${words[i]}`)).toEqual(
    pairs.map(({ pair, first }) => `${pair}: ${first}`),
  )
}

async function issueFaults({ core, clock, issue, change }: Scene): Promise<Faults<IssueCommand>> {
  const nonce = makeNonceKey('lakala', world.lakala.appid, 'heard', 300)
  await core.issue(issueCommand(clock.now(), { externalNo: 'STANDS', nonce }))
  await change('void', (await issue({ externalNo: 'VOIDED', fingerprint })).coupon)
  await changeSetUp(core.hub.database, switchedOff)
  return {
    app_unknown: { appId: 'NONE' },
    app_disabled: { appId: 'APP-OFF' },
    request_replayed: { nonce },
    channel_unknown: { channelId: 'NONE' },
    channel_disabled: { channelId: 'C-OFF' },
    request_conflict: { ...numbered('STANDS'), fingerprint: otherFingerprint },
    order_voided: { ...numbered('VOIDED'), fingerprint },
    activity_not_found: { activityId: 'NONE' },
    activity_closed: { activityId: 'A-OFF' },
    template_not_found: { templateId: 'NONE' },
    template_disabled: { templateId: world.templates.short },
    template_unsuitable: { useTimesMax: 0 },
    limit_exceeded: { quantity: 6 },
    // It has no stock either, which would be heard second.
    balance_too_low: { templateId: 'T-DEAR' },
    stock_exhausted: { templateId: scarce },
  }
}

const numbered = (externalNo: string): Pick<IssueCommand, 'externalNo' | 'lane'> => {
  const { lane } = issueCommand(new Date(), { externalNo })
  return { externalNo, lane }
}

async function redeemFaults(scene: Scene): Promise<Faults<RedeemCommand>> {
  const { core, clock, issue, redeem, change, cancel } = scene
  const codes = {
    used: await issue(),
    reversed: await issue(),
    frozen: await issue(),
    voided: await issue(),
    late: await issue(),
  }
  await redeem(codes.used.code, { traceNo: 'USED' })
  await redeem(codes.reversed.code, { traceNo: 'REVERSED', fingerprint })
  await Promise.all([cancel('REVERSED'), cancel('CANCELLED')])
  await Promise.all([change('freeze', codes.frozen.coupon), change('void', codes.voided.coupon)])
  await change('delay', codes.late.coupon, new Date(clock.now().getTime() + 1_000))
  clock.advance(2)
  await changeSetUp(core.hub.database, switchedOff)
  const shopNo = 'S-GUESS'
  await Promise.all(Array.from({ length: 20 }, (_, i) => redeem(String(i).padStart(16, '0'), { shopNo })))
  return {
    app_unknown: { appId: 'NONE' },
    app_disabled: { appId: 'APP-OFF' },
    merchant_unknown: { shopNo: 'NONE' },
    merchant_disabled: { shopNo: 'S-OFF' },
    request_conflict: { ...traced('USED'), fingerprint: otherFingerprint },
    request_cancelled: traced('CANCELLED'),
    redemption_reversed: { ...traced('REVERSED'), fingerprint },
    supplier_not_supported: { routing: { channelType: '10003', excluded: [] } },
    too_many_guesses: { shopNo },
    coupon_not_found: { code: '0000000000000000' },
    coupon_voided: { code: codes.voided.code },
    coupon_redeemed: { code: codes.used.code },
    coupon_frozen: { code: codes.frozen.code },
    coupon_expired: { code: codes.late.code },
    coupon_not_redeemable_here: { shopNo: 'S-FAR' },
    order_amount_too_small: { amountFen: 4_999 },
  }
}

const traced = (traceNo: string): Pick<RedeemCommand, 'traceNo' | 'scopeHash'> => {
  const { scopeHash } = redeemCommand('', new Date(), { traceNo })
  return { traceNo, scopeHash }
}

describeOnEachDatabase('When two refusals apply, the one that is listed first is heard', (database) => {
  it('by who asks for a coupon', async () => {
    const scene = await openScene(database())
    const faults = await issueFaults(scene)
    await expectFirst(faults, (given) =>
      scene.core.issue(issueCommand(scene.clock.now(), { templateId: normal, ...given })),
    )
  })

  it('by who redeems one, and by who only asks whether it could be redeemed', async () => {
    const scene = await openScene(database())
    const faults = await redeemFaults(scene)
    const free = await scene.issue()
    const command = (given: Partial<RedeemCommand>) => redeemCommand(given.code ?? free.code, scene.clock.now(), given)
    await expectFirst(faults, (given) => scene.core.redeem(command(given)))
    const { request_conflict, request_cancelled, redemption_reversed, ...askable } = faults
    expect([request_conflict, request_cancelled, redemption_reversed]).not.toContain(undefined)
    await expectFirst(askable, async (given) => {
      const { refusal } = await scene.core.checkCoupon(command(given))
      if (refusal !== undefined) throw refusal
    })
    expect(await scene.redeem(free.code)).toBe('ok')
  })
})
