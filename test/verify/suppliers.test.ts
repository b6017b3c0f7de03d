import { describe, expect, it } from 'vitest'
import { codeHash } from '../../src/core/keys/hashes.ts'
import type { SupplierSaid } from '../../src/core/command/settle.ts'
import { verifyHub } from '../../src/core/verify/verify.ts'
import type { SupplierRequestRow } from '../../src/db/supplier-requests.ts'
import { openScene, type Scene } from '../support/acts.ts'
import { describeOnOneDatabase, playOnce } from '../support/database.ts'
import { foreignCode, seedSupplier, settleRequest, supplierWorld } from '../support/suppliers.ts'
import { issueCommand, redeemCommand } from '../support/world.ts'

const url = 'http://127.0.0.1:1/'
const urls = { issueUrl: url, redeemUrl: url }
const attemptsOf = new Map([
  ['lakala', 10],
  ['whale', 3],
  ['sms', 5],
])

const prove = async ({ core }: Scene, isFull = false) =>
  (await verifyHub(core, { pauseMilliseconds: 0, isFull, attemptsOf })).differences

const handed = ({ core }: Scene): Promise<SupplierRequestRow> => new Promise((resolve) => core.pending.listen(resolve))

async function order(scene: Scene, externalNo: string): Promise<SupplierRequestRow> {
  const request = handed(scene)
  const given = { ...urls, templateId: supplierWorld.templateId, externalNo, mobile: '13800000000', isRemakeable: true }
  void scene.core.issue(issueCommand(scene.clock.now(), given)).catch(() => undefined)
  return request
}

async function redeem(scene: Scene, code: string): Promise<SupplierRequestRow> {
  const request = handed(scene)
  void scene.core.redeem(redeemCommand(code, scene.clock.now())).catch(() => undefined)
  return request
}

const no: SupplierSaid = { kind: 'refused', words: 'no' }

async function make(scene: Scene, request: SupplierRequestRow): Promise<string> {
  const { keyring } = scene.core.hub
  const code = foreignCode()
  const codes = [{ code, hash: codeHash(keyring, code), cipher: keyring.encrypt(code) }]
  await settleRequest(scene.core, request, { kind: 'accepted', codes })
  return code
}

/**
 * Orders of the tenth and redemptions of the eleventh, some of which are answered on the twelfth, when their days are
 * closed; an order and a redemption still wait then.
 */
async function playLate(scene: Scene): Promise<void> {
  scene.clock.set('2026-06-10T12:00:00+08:00')
  const early = [await order(scene, 'A'), await order(scene, 'B'), await order(scene, 'C')]
  const [late, refused] = [await order(scene, 'late'), await order(scene, 'refused'), await order(scene, 'silent')]
  scene.clock.set('2026-06-11T12:00:00+08:00')
  const codes = [await make(scene, early[0]!), await make(scene, early[1]!), await make(scene, early[2]!)]
  const asked = [await redeem(scene, codes[0]!), await redeem(scene, codes[1]!), await redeem(scene, codes[2]!)]
  scene.clock.set('2026-06-12T12:00:00+08:00')
  expect(await prove(scene)).toEqual([])
  await make(scene, late)
  await settleRequest(scene.core, refused, no)
  await settleRequest(scene.core, asked[0]!, { kind: 'accepted', codes: [] })
  await settleRequest(scene.core, asked[1]!, no)
}

const refusedRedemption = "(select no from redemptions where state = 'failed')"

/** What may go wrong long after the day on which it began, and which check names it. */
const corruptions: { title: string; plant: string; check: string; isFull?: true }[] = [
  {
    title: 'a coupon that a supplier made late, and that is gone',
    plant: 'delete from coupons where created_at = (select max(created_at) from coupons)',
    check: 'order_coupons',
  },
  {
    title: 'a coupon that a supplier made late, and whose code is in another lane',
    plant: 'update imported_codes set lane = lane + 1 where number = 3',
    check: 'coupon_number',
  },
  {
    title: 'an order that was ended late, and of which nobody was told',
    plant:
      "delete from notifications where kind = 'issued' and no = (select max(no) from notifications where kind = 'issued')",
    check: 'issued_told',
  },
  {
    title: 'a redemption that was confirmed late, and of which nobody was told',
    plant: "delete from notifications where kind = 'used'",
    check: 'used_told',
  },
  {
    title: 'a redemption that was confirmed late, and whose coupon is unused',
    plant: "update coupons set state = 'issued', uses_left = use_times where state = 'redeemed'",
    check: 'coupon_uses',
  },
  {
    title: 'an order of a closed day that waits for nobody, when all is counted again',
    plant: "delete from supplier_requests where state = 'due' and kind = 'make'",
    check: 'order_requests',
    isFull: true,
  },
  {
    title: 'an order that failed although its supplier agreed',
    plant: "update orders set state = 'failed', failure = 'x' where state = 'succeeded'",
    check: 'order_requests',
  },
  {
    title: 'an open request, from a closed day, whose order has ended',
    plant: "update orders set state = 'failed', failure = 'x', finished_at = created_at where state = 'pending'",
    check: 'supplier_request',
  },
  {
    title: 'an accepted request whose order waits',
    plant: "update orders set state = 'pending', finished_at = null where external_no = 'late'",
    check: 'supplier_request',
  },
  {
    title: 'a refused request whose order succeeded',
    plant: "update orders set state = 'succeeded', failure = null where state = 'failed'",
    check: 'supplier_request',
  },
  {
    title: 'an answered request that still holds what its order took',
    plant: `update supplier_requests set uses = '[["stock:activity:ACT1", 1]]' where kind = 'make' and state = 'accepted'`,
    check: 'request_uses',
  },
  {
    title: 'a question about a redemption that is gone',
    plant: "delete from redemptions where state = 'pending'",
    check: 'supplier_request',
  },
  {
    title: 'a redemption of a closed day that waits for nobody, when all is counted again',
    plant: "delete from supplier_requests where state = 'due' and kind = 'confirm'",
    check: 'redemption_requests',
    isFull: true,
  },
  {
    title: 'a redemption that a supplier refused, and that stands',
    plant: "update redemptions set state = 'succeeded', uses_returned = null where state = 'failed'",
    check: 'redemption_requests',
  },
  {
    title: 'a redemption that was refused and gave nothing back',
    plant: `update redemptions set uses_returned = null where no = ${refusedRedemption}`,
    check: 'redemption_returned',
  },
  {
    title: 'a coupon that waits for its supplier, of whom nothing was asked',
    plant: `update coupons set state = 'redeeming'
      where (source_id, serial) in (select source_id, serial from redemptions where state = 'failed')`,
    check: 'coupon_busy',
  },
  {
    title: 'a supplier that is told of a redemption twice',
    plant: `insert into notifications select (jsonb_populate_record(n, jsonb_build_object('no', no || 'x'))).*
      from notifications n where kind = 'supplier_used'`,
    check: 'supplier_told',
  },
  {
    title: 'a message to a holder whose mobile nobody knows',
    plant: 'update orders set mobile = null, mobile_hash = null',
    check: 'notification_cause',
  },
  ...[
    { kind: 'message', most: 5 },
    { kind: 'supplier_used', most: 3 },
    { kind: 'used', most: 10 },
  ].flatMap(({ kind, most }) => [
    {
      title: `a ${kind} that was tried once more than its schedule says`,
      plant: `insert into deliveries
        select lane, no, g, false, created_at, 1, 'refused' from notifications, generate_series(1, ${most + 1}) g
        where kind = '${kind}'`,
      check: 'attempts',
    },
    {
      title: `a ${kind} that was given up one attempt too early`,
      plant: `update notifications set state = 'given_up', attempts = ${most - 1}, due_at = null, finished_at = created_at
        where kind = '${kind}'`,
      check: 'given_up',
    },
  ]),
]

describeOnOneDatabase('The proof of what suppliers answer late', (database) => {
  const open = async (): Promise<Scene> => {
    const scene = await openScene(database(), { config: { smsUrl: url, smsKey: 'k' } })
    await seedSupplier(database(), { makeCodeURL: url, verifyURL: url, verifyNotifyURL: url })
    return scene
  }
  it('finds nothing where all is well, on the days of the answers and afterwards', async () => {
    const scene = await open()
    await playLate(scene)
    expect(await prove(scene)).toEqual([])
    // An order that failed is made anew, and its channel hears of both.
    await make(scene, await order(scene, 'refused'))
    expect(await prove(scene)).toEqual([])
    scene.clock.set('2026-06-14T12:00:00+08:00')
    expect(await prove(scene)).toEqual([])
    expect(await prove(scene, true)).toEqual([])
  })

  it('takes attempts up to the last of each schedule for what they are', async () => {
    const scene = await open()
    await playLate(scene)
    await database().sql`
      update notifications set state = 'given_up', due_at = null, finished_at = created_at,
        attempts = case kind when 'message' then 5 when 'supplier_used' then 3 else 10 end`
    await database().sql`
      insert into deliveries select lane, no, g, false, created_at, 1, 'refused'
      from notifications n, lateral generate_series(1, n.attempts) g`
    expect(await prove(scene)).toEqual([])
  })

  describe('names', () => {
    const played = playOnce(database, async () => {
      const scene = await open()
      await playLate(scene)
      return scene
    })
    it.each(corruptions)('$title', async ({ plant, check, isFull }) => {
      const scene = await played()
      await database().sql.unsafe(plant)
      expect((await prove(scene, isFull)).map((difference) => difference.check)).toContain(check)
    })
  })
})
