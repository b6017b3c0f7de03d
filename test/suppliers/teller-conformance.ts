import { afterAll, afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { createAddressGuard } from '../../src/http-out/address-guard.ts'
import { createSender } from '../../src/http-out/send.ts'
import type {
  CouponAsk,
  Heard,
  Supplier,
  SupplierLimits,
  SupplierMessage,
  SupplierUse,
  Teller,
} from '../../src/suppliers/supplier.ts'

export type LookUpFault = 'unknown' | 'timeout' | '500' | 'garbage' | 'closed'

/** A simulator that is running, with one coupon given, unused. */
export type TellerStage = {
  /** What an operator would write to use it. */
  written: Record<string, unknown>
  coupon: CouponAsk
  /** Uses the coupon: what is told of it, as it arrived, and what the simulator says of the use. */
  use: () => Promise<{ message: SupplierMessage; use: SupplierUse }>
  /** Lets the coupon's validity end. */
  expire: () => void
  now: () => Date
  failLookingUp: (fault: LookUpFault) => void
  close: () => Promise<void>
}

export type TellerHarness = {
  supplier: Supplier & { teller: Teller<SupplierLimits> }
  start: () => Promise<TellerStage>
  /** After so long a message is refused; where it never is, absent. */
  staleSeconds?: number
}

const guard = createAddressGuard({ allowedNetworks: [], isLoopbackAllowed: true })

/** The promises of every supplier that tells of uses, against its own simulator, over real connections. */
export function describeTeller({ supplier, start, staleSeconds }: TellerHarness): void {
  const patient = createSender({ guard, timeoutMilliseconds: 10_000 })
  const hasty = createSender({ guard, timeoutMilliseconds: 500 })
  let stage: TellerStage
  let settings: SupplierLimits
  const hear = (message: SupplierMessage, now = stage.now()): Heard => supplier.teller.hear(settings, message, now)
  const lookUp = (send = patient.send, ask = stage.coupon) => supplier.teller.lookUp(settings, ask, send, stage.now())
  const isUnknown = { kind: 'unknown', reason: expect.stringMatching(/./) as string }

  beforeEach(async () => {
    stage = await start()
    settings = supplier.settings.parse(stage.written)
  })
  afterEach(() => stage.close())
  afterAll(() => Promise.all([patient.close(), hasty.close()]))

  describe('hearing of a use', () => {
    it('knows which coupon was used, when and where, again from a repeat', async () => {
      const { message, use } = await stage.use()
      expect(hear(message)).toEqual({ kind: 'used', use })
      expect(hear(message)).toEqual({ kind: 'used', use })
    })

    it('believes no message of which one byte was changed', async () => {
      const { message } = await stage.use()
      for (const at of [0, Math.floor(message.body.length / 2), message.body.length - 1]) {
        const body = Uint8Array.from(message.body)
        body[at]! ^= 1
        expect(hear({ ...message, body })).toMatchObject({ kind: 'refused', reason: 'bad_signature' })
      }
      expect(hear({ ...message, body: new Uint8Array() })).toMatchObject({ reason: 'bad_signature' })
    })

    it('believes no message without the headers that came with it', async () => {
      const { message } = await stage.use()
      expect(hear({ ...message, headers: {} })).toMatchObject({ kind: 'refused', reason: 'bad_signature' })
    })

    if (staleSeconds !== undefined) {
      it('refuses a message that is old, and one from the future', async () => {
        const { message } = await stage.use()
        for (const seconds of [staleSeconds + 1, -staleSeconds - 1]) {
          const later = new Date(stage.now().getTime() + seconds * 1000)
          expect(hear(message, later)).toMatchObject({ kind: 'refused', reason: 'request_stale' })
        }
      })
    }
  })

  describe('looking a coupon up', () => {
    it('finds it unused, then used', async () => {
      expect(await lookUp()).toEqual({ kind: 'unused' })
      const { use } = await stage.use()
      expect(await lookUp()).toMatchObject({ kind: 'used', use: { code: use.code } })
    })

    it('finds it expired once its time is over', async () => {
      stage.expire()
      expect(await lookUp()).toEqual({ kind: 'expired' })
    })

    it('finds no coupon that was never given', async () => {
      expect(await lookUp(patient.send, { ...stage.coupon, code: '1' })).toMatchObject({
        kind: 'refused',
        reason: 'coupon_not_found',
      })
    })

    test.each(['unknown', '500', 'garbage', 'closed'] as const)('does not know after %s', async (fault) => {
      stage.failLookingUp(fault)
      expect(await lookUp()).toEqual(isUnknown)
      expect(await lookUp()).toEqual({ kind: 'unused' })
    })

    it('does not know after a timeout', async () => {
      stage.failLookingUp('timeout')
      expect(await lookUp(hasty.send)).toEqual(isUnknown)
    })
  })
}
