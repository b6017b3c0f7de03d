import { afterAll, afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { createAddressGuard } from '../../src/http-out/address-guard.ts'
import { createSender } from '../../src/http-out/send.ts'
import type { ConfirmAsk, MakeAnswer, MakeAsk, Maker, Supplier, SupplierLimits } from '../../src/suppliers/supplier.ts'

/** What a supplier's simulator can be told to do with its next request. */
export type Fault = 'refuse' | 'unknown' | 'timeout' | 'slow' | '500' | 'garbage' | 'closed'
export type MakeFault = Fault | 'fewer' | 'twice'

/** A simulator that is running. */
export type Stage = {
  /** What an operator would write to use it. */
  written: Record<string, unknown>
  failMaking: (fault: MakeFault) => void
  /** Absent where nobody has to confirm. */
  failConfirming?: (fault: Fault) => void
  /** The codes that it made under our number; none where it made none. */
  madeCodes: (no: string) => string[]
  /** Our numbers in the requests that arrived, in order. */
  askedNumbers: () => string[]
  close: () => Promise<void>
}

export type Harness = {
  supplier: Supplier & { maker: Maker<SupplierLimits> }
  /** Starts a simulator; `encryption` is one of the list. */
  start: (encryption: string) => Promise<Stage>
  /** The ways in which its codes can come, the plain one first. */
  encryptions: readonly string[]
  /** What it calls the product that codes are asked of. */
  thirdProductId?: string
  /** How many codes an order is made with, and how many it can have at most. */
  quantity: number
  mostCodes: number
  /** Whether its word is needed before its codes are redeemed. */
  isConfirming: boolean
  /** What its simulator can do so that nobody knows. */
  doubts: readonly Exclude<MakeFault, 'refuse' | 'timeout' | 'slow'>[]
  /** The limits that its settings have where nothing is written. */
  limits: SupplierLimits
  /** Settings that differ from the written ones in one field, by which they are to be refused. */
  badSettings: readonly (readonly [field: string, value: unknown])[]
}

export const makeAsk = {
  no: '2018112000000001',
  orderNo: '1320181120000001',
  supplierId: '123',
  channelId: '10002401',
  ticketId: 9_000_000_010,
  templateId: 'T1',
  thirdProductId: 'SKU-30',
  itemNo: '20181120155110',
  quantity: 3,
  useTimes: 1,
  faceValueFen: 3000,
  netValueFen: 2500,
  validFrom: new Date('2018-11-20T16:00:00.000Z'),
  validUntil: new Date('2018-11-30T16:00:00.000Z'),
  mobile: '13524161800',
  openid: 'oKL-mwRzR-SBfI4QDAI1QXOpkyc8',
  createdAt: new Date('2018-11-20T07:51:10.000Z'),
} satisfies MakeAsk

/** The time at which all of them are asked. */
export const askedAt = new Date('2018-11-20T07:51:12.000Z')

export const confirmAsk = (no: string, code: string): ConfirmAsk => ({
  no,
  supplierId: makeAsk.supplierId,
  redemptionNo: '1320181121000009',
  code,
  faceValueFen: 3000,
  merchantNo: 'M1',
  shopNo: 'S1',
  tid: 'POS-1',
  at: new Date('2018-11-21T04:00:00.000Z'),
})

const guard = createAddressGuard({ allowedNetworks: [], isLoopbackAllowed: true })

/** The promises of every supplier, against its own simulator, over real connections. */
export function describeMaker(harness: Harness): void {
  const { supplier, start, encryptions, quantity, mostCodes, doubts, limits, badSettings } = harness
  const { thirdProductId = makeAsk.thirdProductId } = harness
  const ask = { ...makeAsk, thirdProductId, quantity }
  const patient = createSender({ guard, timeoutMilliseconds: 10_000 })
  const hasty = createSender({ guard, timeoutMilliseconds: 500 })
  let stage: Stage
  let settings: SupplierLimits
  const setUp = async (encryption: string): Promise<void> => {
    stage = await start(encryption)
    settings = supplier.settings.parse(stage.written)
  }
  const make = (given: Partial<MakeAsk> = {}): Promise<MakeAnswer> =>
    supplier.maker.make(settings, { ...ask, ...given }, patient.send, askedAt)
  const makeOneCode = async (): Promise<string> => {
    const answer = await make({ quantity: 1 })
    return answer.kind === 'accepted' ? answer.codes[0]! : expect.unreachable()
  }
  const made = (): MakeAnswer => ({ kind: 'accepted', codes: stage.madeCodes(makeAsk.no) })
  const nonEmpty = expect.stringMatching(/./) as string
  const isUnknown = { kind: 'unknown', reason: nonEmpty }

  beforeEach(() => setUp(encryptions[0]!))
  afterEach(() => stage.close())
  afterAll(() => Promise.all([patient.close(), hasty.close()]))

  describe('making codes', () => {
    it('gives as many as asked for, and others for another number', async () => {
      expect(await make()).toEqual(made())
      expect(new Set(stage.madeCodes(makeAsk.no)).size).toBe(quantity)
      const other = await make({ no: '2018112000000002', quantity: mostCodes })
      expect(other).toEqual({ kind: 'accepted', codes: stage.madeCodes('2018112000000002') })
      expect(stage.madeCodes('2018112000000002')).toHaveLength(mostCodes)
    })

    it('asks again by the same number, and is given the same codes', async () => {
      expect(await make()).toEqual(await make())
      expect(stage.askedNumbers()).toEqual([makeAsk.no, makeAsk.no])
    })

    test.each(encryptions)('reads codes that come encrypted: %s', async (encryption) => {
      await stage.close()
      await setUp(encryption)
      expect(await make()).toEqual(made())
    })

    it('passes on a clear no, in its words', async () => {
      stage.failMaking('refuse')
      expect(await make()).toMatchObject({ kind: 'refused', code: nonEmpty, message: nonEmpty })
    })

    test.each(doubts)('does not know after %s, says why without a code, and learns by asking again', async (fault) => {
      stage.failMaking(fault)
      const answer = await make()
      expect(answer).toEqual(isUnknown)
      for (const code of stage.madeCodes(makeAsk.no)) expect(JSON.stringify(answer)).not.toContain(code)
      expect(await make()).toEqual(made())
    })

    it('does not know after a timeout, whatever was done, and learns by asking again', async () => {
      stage.failMaking('timeout')
      expect(await supplier.maker.make(settings, ask, hasty.send, askedAt)).toEqual(isUnknown)
      expect(stage.madeCodes(makeAsk.no)).toHaveLength(quantity)
      expect(await make()).toEqual(made())
    })

    it('waits for a slow answer', async () => {
      stage.failMaking('slow')
      expect(await make()).toEqual(made())
    })

    it('does not know where nobody listens', async () => {
      const gone = await start(encryptions[0]!)
      await gone.close()
      const written = supplier.settings.parse(gone.written)
      expect(await supplier.maker.make(written, ask, patient.send, askedAt)).toEqual(isUnknown)
    })
  })

  if (harness.isConfirming) describe('confirming a redemption', describeConfirming)
  else {
    it('needs no word of the supplier for a redemption', async () => {
      expect(supplier.maker.mustConfirm(settings)).toBe(false)
      const nobody = () => expect.unreachable()
      expect(await supplier.maker.confirm(settings, confirmAsk('1', 'A1'), nobody)).toEqual({ kind: 'accepted' })
    })
  }

  function describeConfirming(): void {
    const confirm = (no: string, code: string, send = patient.send) =>
      supplier.maker.confirm(settings, confirmAsk(no, code), send)

    it('has the word of the supplier that made the code, again by the same number', async () => {
      expect(supplier.maker.mustConfirm(settings)).toBe(true)
      const code = await makeOneCode()
      expect(await confirm('1', code)).toEqual({ kind: 'accepted' })
      expect(await confirm('1', code)).toEqual({ kind: 'accepted' })
      expect(await confirm('2', 'not-one-of-its')).toMatchObject({ kind: 'refused' })
    })

    test.each(['unknown', '500', 'garbage', 'closed'] as const)('does not know after %s', async (fault) => {
      const code = await makeOneCode()
      stage.failConfirming?.(fault)
      const answer = await confirm('1', code)
      expect(answer).toEqual(isUnknown)
      expect(JSON.stringify(answer)).not.toContain(code)
      expect(await confirm('1', code)).toEqual({ kind: 'accepted' })
    })

    it('does not know after a timeout; waits for a slow answer; passes on a clear no', async () => {
      const code = await makeOneCode()
      stage.failConfirming?.('timeout')
      expect(await confirm('1', code, hasty.send)).toEqual(isUnknown)
      stage.failConfirming?.('slow')
      expect(await confirm('1', code)).toEqual({ kind: 'accepted' })
      stage.failConfirming?.('refuse')
      expect(await confirm('2', code)).toMatchObject({ kind: 'refused' })
    })
  }

  describe('the settings', () => {
    it('have limits, and are read again from what they put out', () => {
      expect(settings).toMatchObject(limits)
      expect(supplier.settings.parse(JSON.parse(JSON.stringify(settings)))).toEqual(settings)
      expect(supplier.settings.parse({ ...stage.written, timeoutSeconds: '3' }).timeoutSeconds).toBe(3)
    })

    test.each([...badSettings, ['concurrency', 0], ['requestsPerSecond', 1.5], ['timeoutSeconds', 'soon']] as const)(
      'refuse by its name %s that is %j',
      (field, value) => {
        const result = supplier.settings.safeParse({ ...stage.written, [field]: value })
        expect(result.error?.issues.map(({ path }) => path.join('.'))).toEqual([field])
      },
    )
  })
}
