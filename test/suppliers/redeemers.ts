import { afterAll, afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import { z } from 'zod'
import { createAddressGuard } from '../../src/http-out/address-guard.ts'
import { createSender } from '../../src/http-out/send.ts'
import type { CodeAnswer, RedeemAsk, Redeemer, Supplier, SupplierLimits } from '../../src/suppliers/supplier.ts'
import type { Fault } from './conformance.ts'

type Operation = 'prepare' | 'redeem' | 'reverse'

/** Somebody whose codes are redeemed, running. */
export type RedeemStage = {
  /** What an operator would write to use it. */
  written: Record<string, unknown>
  /** A new code that may be used once. */
  makeCode: () => Promise<string>
  /** How often a code is used now. */
  usesOf: (code: string) => Promise<number>
  /** What its next request of this kind meets. */
  fail: (operation: Operation, fault: Fault) => void
  close: () => Promise<void>
}

export type RedeemHarness = {
  supplier: Supplier & { redeemer: Redeemer<SupplierLimits> }
  start: () => Promise<RedeemStage>
  /** What differs from `redeemAsk`. */
  ask?: Partial<RedeemAsk>
  /** Settings that differ from the written ones in one field, by which they are to be refused. */
  badSettings: readonly (readonly [field: string, value: unknown])[]
}

export const redeemAsk: RedeemAsk = {
  no: '13202603011000000000000000000001',
  supplierId: '123',
  code: '679533922928',
  acceptorId: '990581',
  merchantNo: 'M001',
  shopNo: 'S001',
  thirdShopNo: 'P-77',
  amountFen: 10_000,
  realAmountFen: 7000,
  at: new Date('2026-03-01T02:00:00.000Z'),
}

const anHourLater = { no: '13202603011100000000000000000002', at: new Date('2026-03-01T03:00:00.000Z') }

const guard = createAddressGuard({ allowedNetworks: [], isLoopbackAllowed: true })

/** The promises of everybody whose codes are redeemed at our tills, over real connections. */
export function describeRedeemer({ supplier, start, ask = {}, badSettings }: RedeemHarness): void {
  const patient = createSender({ guard, timeoutMilliseconds: 10_000 })
  const hasty = createSender({ guard, timeoutMilliseconds: 700 })
  const { redeemer } = supplier
  let stage: RedeemStage
  let settings: SupplierLimits
  const askFor = (code: string, given: Partial<RedeemAsk> = {}): RedeemAsk => ({
    ...redeemAsk,
    ...ask,
    code,
    ...given,
  })
  const memoOf = (answer: CodeAnswer): Partial<RedeemAsk> => {
    if (answer.kind !== 'accepted') return expect.unreachable(JSON.stringify(answer))
    return answer.memo === undefined ? {} : { memo: answer.memo }
  }
  const prepare = (code: string, given: Partial<RedeemAsk> = {}, { send } = patient) =>
    redeemer.prepare(settings, askFor(code, given), send)
  const redeem = (code: string, given: Partial<RedeemAsk> = {}, { send } = patient) =>
    redeemer.redeem(settings, askFor(code, given), send)
  const reverse = (code: string, given: Partial<RedeemAsk> = {}, { send } = patient) =>
    redeemer.reverse(settings, askFor(code, given), send)
  /** A new code that was prepared, with the memo for its redemption. */
  const prepared = async (): Promise<[code: string, memo: Partial<RedeemAsk>]> => {
    const code = await stage.makeCode()
    return [code, memoOf(await prepare(code))]
  }
  const redeemed = async (): Promise<[code: string, memo: Partial<RedeemAsk>]> => {
    const [code, memo] = await prepared()
    return [code, memoOf(await redeem(code, memo))]
  }
  const uses = (code: string, count: number) =>
    vi.waitFor(async () => expect(await stage.usesOf(code)).toBe(count), { timeout: 5000 })
  const nonEmpty = expect.stringMatching(/./) as string
  const isUnknown = { kind: 'unknown', reason: nonEmpty }
  const says = (answer: object, expected: object, code: string): void => {
    expect(answer).toMatchObject(expected)
    expect(JSON.stringify(answer)).not.toContain(code)
  }

  beforeEach(async () => {
    stage = await start()
    settings = supplier.settings.parse(stage.written)
  })
  afterEach(() => stage.close())
  afterAll(() => Promise.all([patient.close(), hasty.close()]))

  describe('preparing', () => {
    it('says that a code may be used, and changes nothing', async () => {
      const code = await stage.makeCode()
      expect(await prepare(code)).toMatchObject({ kind: 'accepted', name: nonEmpty })
      expect(await prepare(code)).toMatchObject({ kind: 'accepted' })
      await uses(code, 0)
    })

    it('refuses a code that there is not, and does not repeat it', async () => {
      says(await prepare('679533922928'), { kind: 'refused', code: nonEmpty }, '679533922928')
    })

    test.each(['unknown', '500', 'garbage', 'closed'] as const)('does not know after %s', async (fault) => {
      const code = await stage.makeCode()
      stage.fail('prepare', fault)
      says(await prepare(code), isUnknown, code)
      expect(await prepare(code)).toMatchObject({ kind: 'accepted' })
    })

    it('passes on a clear no, and waits for a slow answer', async () => {
      const code = await stage.makeCode()
      stage.fail('prepare', 'refuse')
      says(await prepare(code), { kind: 'refused', code: nonEmpty, message: nonEmpty }, code)
      stage.fail('prepare', 'slow')
      expect(await prepare(code)).toMatchObject({ kind: 'accepted' })
    })
  })

  describe('redeeming', () => {
    it('uses a code once, however often it is asked by the same number', async () => {
      const [code, memo] = await prepared()
      const first = await redeem(code, memo)
      expect(first).toMatchObject({ kind: 'accepted' })
      await uses(code, 1)
      expect(await redeem(code, memo)).toEqual(first)
      await uses(code, 1)
    })

    it('refuses a used code to another number, as used', async () => {
      const [code, memo] = await prepared()
      const again = memoOf(await prepare(code, anHourLater))
      await redeem(code, memo)
      const no = { kind: 'refused', reason: 'coupon_redeemed' }
      says(await redeem(code, { ...anHourLater, ...again }), no, code)
      says(await prepare(code, anHourLater), { kind: 'refused' }, code)
      await uses(code, 1)
    })

    test.each(['500', 'garbage', 'closed'] as const)(
      'does not know after %s, and learns by the same number that it was done, once',
      async (fault) => {
        const [code, memo] = await prepared()
        stage.fail('redeem', fault)
        says(await redeem(code, memo), isUnknown, code)
        await uses(code, 1)
        expect(await redeem(code, memo)).toMatchObject({ kind: 'accepted' })
        await uses(code, 1)
      },
    )

    it('does not know after a timeout, and learns by the same number that it was done, once', async () => {
      const [code, memo] = await prepared()
      stage.fail('redeem', 'timeout')
      says(await redeem(code, memo, hasty), isUnknown, code)
      await uses(code, 1)
      expect(await redeem(code, memo)).toMatchObject({ kind: 'accepted' })
      await uses(code, 1)
    })

    it('does not know where it is told so, and redeems by the same number', async () => {
      const [code, memo] = await prepared()
      stage.fail('redeem', 'unknown')
      says(await redeem(code, memo), isUnknown, code)
      await uses(code, 0)
      expect(await redeem(code, memo)).toMatchObject({ kind: 'accepted' })
    })

    it('passes on a clear no, and waits for a slow answer', async () => {
      const [code, memo] = await prepared()
      stage.fail('redeem', 'refuse')
      says(await redeem(code, memo), { kind: 'refused', code: nonEmpty, message: nonEmpty }, code)
      await uses(code, 0)
      stage.fail('redeem', 'slow')
      expect(await redeem(code, memo)).toMatchObject({ kind: 'accepted' })
    })

    it('does not know where nobody listens', async () => {
      const [code, memo] = await prepared()
      const gone = await start()
      await gone.close()
      const answer = await redeemer.redeem(supplier.settings.parse(gone.written), askFor(code, memo), patient.send)
      says(answer, isUnknown, code)
    })
  })

  describe('reversing', () => {
    it('gives the code back, however often it is asked by the same number', async () => {
      const [code, memo] = await redeemed()
      expect(await reverse(code, memo)).toEqual({ kind: 'accepted' })
      await uses(code, 0)
      expect(await reverse(code, memo)).toEqual({ kind: 'accepted' })
      const again = memoOf(await prepare(code, anHourLater))
      expect(await redeem(code, { ...anHourLater, ...again })).toMatchObject({ kind: 'accepted' })
      await uses(code, 1)
    })

    test.each(['500', 'garbage', 'closed'] as const)(
      'does not know after %s, and learns by the same number that it was done',
      async (fault) => {
        const [code, memo] = await redeemed()
        stage.fail('reverse', fault)
        says(await reverse(code, memo), isUnknown, code)
        await uses(code, 0)
        expect(await reverse(code, memo)).toEqual({ kind: 'accepted' })
      },
    )

    it('does not know after a timeout or where it is told so; passes on a clear no', async () => {
      const [code, memo] = await redeemed()
      stage.fail('reverse', 'unknown')
      says(await reverse(code, memo), isUnknown, code)
      stage.fail('reverse', 'refuse')
      says(await reverse(code, memo), { kind: 'refused', code: nonEmpty, message: nonEmpty }, code)
      await uses(code, 1)
      stage.fail('reverse', 'timeout')
      says(await reverse(code, memo, hasty), isUnknown, code)
      await uses(code, 0)
      expect(await reverse(code, memo)).toEqual({ kind: 'accepted' })
    })
  })

  describe('the settings', () => {
    it('have limits, and are read again from what they put out', () => {
      expect(settings).toMatchObject({ requestsPerSecond: 50, concurrency: 10, timeoutSeconds: 10 })
      expect(supplier.settings.parse(JSON.parse(JSON.stringify(settings)))).toEqual(settings)
    })

    test.each([...badSettings, ['concurrency', 0]] as const)('refuse by its name %s that is %j', (field, value) => {
      const result = supplier.settings.safeParse({ ...stage.written, [field]: value })
      expect([...new Set(result.error?.issues.map(({ path }) => path.join('.')))]).toEqual([field])
    })

    it('are described for a form, secrets and addresses among them', () => {
      describedForm(supplier)
    })
  })
}

/** A form finds a title and a description on each field. */
export function describedForm(supplier: Supplier): void {
  const fields = Object.entries(z.toJSONSchema(supplier.settings, { io: 'input' }).properties ?? {})
  expect(fields.map(([name]) => name)).toEqual(
    expect.arrayContaining([...supplier.secretNames, ...supplier.addressNames]),
  )
  for (const [, field] of fields) {
    expect(field).toMatchObject({ title: expect.any(String) as string, description: expect.any(String) as string })
  }
}
