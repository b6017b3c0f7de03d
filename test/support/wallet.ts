import type { Database } from '../../src/db/client/client.ts'
import { suppliers } from '../../src/suppliers/index.ts'
import {
  supplierLimits,
  type CouponAnswer,
  type MakeAnswer,
  type MakeAsk,
  type StatementAnswer,
  type Supplier,
  type SupplierUse,
} from '../../src/suppliers/supplier.ts'
import { seedSupplier } from './suppliers.ts'

// Somebody who puts coupons into holders' wallets, in memory: what it gave under a number it gives again, and it knows
// what became of each coupon. Its answers can get lost on their way.

export const walletKind = 'wallet'
export const stockId = '98065001'

export type Wallet = {
  supplier: Supplier
  /** What was given, by our number. */
  given: Map<string, string>
  /** How often it was asked to make. */
  asked: () => number
  /** How many were under way at once about the same holder, at most. */
  mostAtOnce: () => number
  /** What the next requests to make come to; afterwards it gives. */
  answers: ((ask: MakeAsk, give: () => string) => Promise<MakeAnswer>)[]
  use: (code: string, use?: Partial<SupplierUse>) => SupplierUse
  expired: Set<string>
  lookUps: CouponAnswer[]
  /** Its books, as statements have them. */
  books: { uses: StatementAnswer; refunds: StatementAnswer }
  looked: string[]
}

export function createWallet(kind = walletKind): Wallet {
  const given = new Map<string, string>()
  const uses = new Map<string, SupplierUse>()
  const underWay = new Map<string, number>()
  let most = 0
  let asked = 0
  const wallet: Wallet = {
    supplier: undefined as never,
    given,
    asked: () => asked,
    mostAtOnce: () => most,
    answers: [],
    expired: new Set(),
    lookUps: [],
    books: { uses: { kind: 'told', rows: [] }, refunds: { kind: 'told', rows: [] } },
    looked: [],
    use: (code, use = {}) => {
      const whole = { code, usedAt: new Date('2026-11-22T05:00:00Z'), reference: `4200${code}`, ...use }
      uses.set(code, whole)
      return whole
    },
  }
  const give = ({ no }: MakeAsk): string => {
    const code = given.get(no) ?? `W${no.slice(20)}${given.size}`
    given.set(no, code)
    return code
  }
  async function make(ask: MakeAsk): Promise<MakeAnswer> {
    asked += 1
    const holder = ask.openid ?? ''
    underWay.set(holder, (underWay.get(holder) ?? 0) + 1)
    most = Math.max(most, underWay.get(holder)!)
    // Others get their turn meanwhile, as they would over a network.
    await new Promise((resolve) => setTimeout(resolve, 5))
    const answer = wallet.answers.shift() ?? (async (_, giving) => ({ kind: 'accepted', codes: [giving()] }))
    try {
      return await answer(ask, () => give(ask))
    } finally {
      underWay.set(holder, underWay.get(holder)! - 1)
    }
  }
  wallet.supplier = {
    kind,
    label: 'A wallet',
    description: 'Coupons in wallets.',
    settings: supplierLimits,
    secretNames: [],
    addressNames: [],
    maker: {
      isWallet: true,
      turnOf: (_, { thirdProductId, openid }) => `${thirdProductId} ${openid}`,
      make: (_, ask) => make(ask),
      mustConfirm: () => false,
      confirm: async () => ({ kind: 'accepted' }),
      notifyUrl: () => undefined,
    },
    statements: {
      uses: async () => wallet.books.uses,
      refunds: async () => wallet.books.refunds,
    },
    teller: {
      hear: (_, { headers, body }) => {
        if (headers['signature'] !== 'good') {
          return { kind: 'refused', reason: 'bad_signature', message: 'the signature is not good' }
        }
        const { code } = JSON.parse(Buffer.from(body).toString()) as { code?: string }
        return code === undefined ? { kind: 'nothing' } : { kind: 'used', use: uses.get(code)! }
      },
      lookUp: async (_, { code }) => {
        wallet.looked.push(code)
        const use = uses.get(code)
        return (
          wallet.lookUps.shift() ??
          (use !== undefined ? { kind: 'used', use } : { kind: wallet.expired.has(code) ? 'expired' : 'unused' })
        )
      },
    },
  }
  return wallet
}

/** All kinds of suppliers, and this one. */
export const withWallet = ({ supplier }: Wallet): ReadonlyMap<string, Supplier> =>
  new Map<string, Supplier>([...suppliers, [supplier.kind, supplier]])

/** Sets it up as `seedSupplier` does the ESB. A coupon is valid for a minute. */
export const seedWallet = (database: Database, template: object = {}, kind = walletKind): Promise<void> => {
  const settings = { thirdProductId: stockId }
  const columns = { valid_for_seconds: 60, redeemable_at: { kind: 'nowhere' }, settings, ...template }
  return seedSupplier(database, {}, columns, kind)
}
