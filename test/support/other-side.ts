import { z } from 'zod'
import type { Core } from '../../src/core/core.ts'
import { lanes } from '../../src/core/numbers/numbers.ts'
import { createForeignAsking } from '../../src/asking/foreign-redemptions.ts'
import type { Asking } from '../../src/asking/queue.ts'
import { createSupplierGate } from '../../src/asking/supplier-gate.ts'
import { raiseSetupVersion } from '../../src/db/set-up.ts'
import type { Database } from '../../src/db/client/client.ts'
import { insertRows } from '../../src/db/client/rows.ts'
import {
  type CodeAnswer,
  type CodeDetails,
  type Redeemer,
  type Refused,
  type RefusalReason,
  type Supplier,
  supplierLimits,
  type RedeemAsk,
  type SupplierLimits,
} from '../../src/suppliers/supplier.ts'
import { world } from './world.ts'

type Step = 'prepare' | 'redeem' | 'reverse'

/** What becomes of a question: `lost` does it and the answer is lost, `silent` does nothing, `refused` says no. */
export type Fate = 'lost' | 'silent' | { refused: string; reason?: RefusalReason } | (() => Promise<void>)

/** A supplier with codes of its own, that remembers what it really gave. */
export type OtherSide = {
  supplier: Supplier
  /** It has this code from now on. */
  give: (code: string, details?: CodeDetails, times?: number) => string
  /** How often a code is used there now, and how often it was ever. */
  usesOf: (code: string) => number
  everUsed: (code: string) => number
  /** What it was asked. */
  asked: { step: Step; ask: RedeemAsk }[]
  /** What becomes of the next questions of a kind. */
  next: (step: Step, ...fates: Fate[]) => void
}

type Known = { details: CodeDetails; left: number; users: Map<string, 'used' | 'reversed'> }

export function createOtherSide(): OtherSide {
  const codes = new Map<string, Known>()
  const asked: OtherSide['asked'] = []
  const fates = new Map<Step, Fate[]>()
  const tokens = new Map<string, string>()

  const no = (message: string, reason: RefusalReason): Refused => ({ kind: 'refused', code: '1', message, reason })

  async function hear<Answer>(step: Step, ask: RedeemAsk, act: () => Answer) {
    asked.push({ step, ask })
    const fate = fates.get(step)?.shift()
    if (fate === 'silent') return { kind: 'unknown' as const, reason: 'silence' }
    if (typeof fate === 'function') await fate()
    else if (typeof fate === 'object') {
      const { refused: message, reason } = fate
      return { kind: 'refused' as const, code: '9', message, ...(reason === undefined ? {} : { reason }) }
    }
    const answer = act()
    return fate === 'lost' ? { kind: 'unknown' as const, reason: 'the answer was lost' } : answer
  }

  function look(ask: RedeemAsk, act: (known: Known) => CodeAnswer): CodeAnswer {
    const known = codes.get(ask.code)
    return known === undefined ? no('no such code', 'coupon_not_found') : act(known)
  }

  const redeemer: Redeemer<SupplierLimits> = {
    prepare: (_, ask) =>
      hear('prepare', ask, () =>
        look(ask, ({ details, left }) => {
          if (left === 0) return no('used already', 'coupon_redeemed')
          const memo = `token ${tokens.size}`
          tokens.set(memo, ask.no)
          return { kind: 'accepted', ...details, memo, usesLeft: left }
        }),
      ),
    redeem: (_, ask) =>
      hear('redeem', ask, () =>
        look(ask, (known) => {
          if (tokens.get(ask.memo ?? '') !== ask.no) throw new Error('redeem was not given what prepare gave')
          const usedBefore = known.users.get(ask.no)
          if (usedBefore === undefined) {
            if (known.left === 0) return no('used already', 'coupon_redeemed')
            known.left -= 1
            known.users.set(ask.no, 'used')
          }
          const usesLeft = known.left > 0 ? { usesLeft: known.left } : {}
          return { kind: 'accepted', memo: `use ${ask.no}`, settleAmountFen: 2_900, ...usesLeft }
        }),
      ),
    reverse: (_, ask) =>
      hear('reverse', ask, () => {
        const known = codes.get(ask.code)!
        if (ask.memo !== `use ${ask.no}`) throw new Error('reverse was not given what redeem gave')
        if (known.users.get(ask.no) === 'used') {
          known.left += 1
          known.users.set(ask.no, 'reversed')
        }
        return { kind: 'accepted' }
      }),
  }
  const states = (code: string): string[] => [...(codes.get(code)?.users.values() ?? [])]
  return {
    supplier: {
      kind: 'other',
      label: 'Other side',
      description: 'A supplier of tests.',
      settings: z.object(supplierLimits.shape),
      secretNames: [],
      addressNames: [],
      redeemer,
    },
    give: (code, details = { name: 'Thirty off', faceValueFen: 3_000 }, times = 1) => {
      codes.set(code, { details, left: times, users: new Map() })
      return code
    },
    usesOf: (code) => states(code).filter((state) => state === 'used').length,
    everUsed: (code) => states(code).length,
    asked,
    next: (step, ...given) => void fates.set(step, [...(fates.get(step) ?? []), ...given]),
  }
}

/** A desk that asks it: it is behind no wire. */
export const otherDesk = (core: Core): Asking =>
  createForeignAsking(core, {
    gate: createSupplierGate(core, async () => ({
      kind: 'failed',
      reason: 'none',
      message: 'the other side is not behind a wire',
    })),
    lanes: async () => lanes,
  })

export const otherWorld = { supplierId: 'DOUYIN', ownSupplierId: 'OURS', channelType: '10003', ownChannelType: '10001' }

const named = { isEnabled: true, createdAt: new Date('2000-01-01T00:00:00Z') }

/** The other side's supplier, and a route to it (10003); 10001 is a route to our own codes, 10005 one more to it. */
export async function seedRoutes(database: Database, codePattern: string | null = null): Promise<void> {
  const { supplierId, ownSupplierId, channelType, ownChannelType } = otherWorld
  const acceptorId = world.shoubei.instNo
  const supplier = {
    ...named,
    sourceId: world.sourceId,
    settings: { requestsPerSecond: 10_000, concurrency: 100, timeoutSeconds: 10 },
    secrets: null,
    written: null,
  }
  const route = { ...named, acceptorId, takesScanned: false }
  await database.transaction(async (tx) => {
    await raiseSetupVersion(tx)
    await insertRows(tx, 'suppliers', [
      { ...supplier, id: supplierId, kind: 'other', name: 'Other side' },
      { ...supplier, id: ownSupplierId, kind: 'own', name: 'Ours', settings: {} },
    ])
    await insertRows(tx, 'routes', [
      { ...route, channelType: ownChannelType, supplierId: ownSupplierId, codePattern: null },
      { ...route, channelType, supplierId, codePattern, takesScanned: true },
      { ...route, channelType: '10005', supplierId, codePattern: null },
    ])
    await insertRows(tx, 'route_shops', [{ acceptorId, channelType, shopNo: world.shopNo, thirdShopNo: 'POI-1' }])
  })
}
