import { z } from 'zod'
import { wholeNumber } from './fields.ts'

/** Sends a request and never rejects. Handed in, so that every supplier goes by the same guarded way out. */
export type SupplierSend = (request: SupplierHttpRequest) => Promise<SupplierHttpAnswer>

/** A POST, where no method is named. */
export type SupplierHttpRequest = {
  method?: 'GET' | 'POST'
  url: string
  headers: Record<string, string>
  body?: string
}

/** `headers` by their names in lower case. */
export type SupplierHttpAnswer =
  | { kind: 'answered'; status: number; headers: Readonly<Record<string, string>>; body: string; isCut: boolean }
  | { kind: 'failed'; reason: string; message: string }

/** What is asked for an order's coupons, all of one template. */
export type MakeAsk = {
  /** Our number for this at the supplier: it never changes, and a repeat under it makes nothing anew. */
  no: string
  orderNo: string
  supplierId: string
  channelId: string
  ticketId: number
  templateId: string
  /** The supplier's own name for what the template stands for. */
  thirdProductId?: string
  /** The channel's number for this part of its order. */
  itemNo: string
  quantity: number
  useTimes: number
  faceValueFen: number
  netValueFen: number
  validFrom: Date
  /** Exclusive. */
  validUntil: Date
  mobile?: string
  /** The holder, where the order names one. */
  openid?: string
  /** The WeChat app to which the openid belongs, where the order names one. */
  wechatAppId?: string
  memberId?: string
  createdAt: Date
}

/** What is asked before a coupon with the supplier's code is redeemed. */
export type ConfirmAsk = {
  /** Our number for this at the supplier: it never changes. */
  no: string
  supplierId: string
  redemptionNo: string
  code: string
  faceValueFen: number
  amountFen?: number
  merchantNo: string
  shopNo: string
  tid?: string
  at: Date
}

/** A code of the supplier's own that a holder shows at a till. */
export type RedeemAsk = {
  /** Our number for this redemption at the supplier: it never changes. */
  no: string
  supplierId: string
  code: string
  acceptorId: string
  merchantNo: string
  shopNo: string
  /** What the supplier calls the shop, where it has a name of its own for it. */
  thirdShopNo?: string
  amountFen?: number
  realAmountFen?: number
  /** When the till asked for it: every repeat has the same. */
  at: Date
  /** What an earlier step gave us to keep, as it was. */
  memo?: string
}

/** Why a code is refused, where the supplier says so clearly: codes of the hub's own list of refusals. */
export type RefusalReason =
  | 'coupon_not_found'
  | 'coupon_voided'
  | 'coupon_redeemed'
  | 'coupon_busy'
  | 'coupon_frozen'
  | 'coupon_expired'
  | 'coupon_not_yet_valid'
  | 'coupon_not_redeemable_here'
  | 'redemption_not_found'
  | 'redemption_not_reversible'
  | 'order_amount_too_small'
  | 'limit_exceeded'
  | 'stock_exhausted'

/** A clear no, in the supplier's own code and words; `reason` where it is one that the hub has words for. */
export type Refused = { kind: 'refused'; code: string; message: string; reason?: RefusalReason }

/** Whether it happened cannot be told: to be asked again under the same number. The reason never contains a code. */
export type Unknown = { kind: 'unknown'; reason: string }

/** As many codes as asked for, all different, each of 1 to 64 printable ASCII characters without spaces. */
export type MakeAnswer = { kind: 'accepted'; codes: string[] } | Refused | Unknown
export type ConfirmAnswer = { kind: 'accepted' } | Refused | Unknown

/** What a supplier says of a code: `memo` is to be kept and given back at the next step, whatever happens in between. */
export type CodeDetails = {
  memo?: string
  name?: string
  faceValueFen?: number
  settleAmountFen?: number
  validFrom?: Date
  /** Exclusive. */
  validUntil?: Date
  usesLeft?: number
}
export type CodeAnswer = ({ kind: 'accepted' } & CodeDetails) | Refused | Unknown
export type ReverseAnswer = { kind: 'accepted' } | Refused | Unknown

/** A coupon that the supplier made for us was used, wherever that was. Amounts in fen. */
export type SupplierUse = {
  code: string
  usedAt: Date
  /** What was paid for in all, and what the holder paid of it. */
  amountFen?: number
  realAmountFen?: number
  merchantNo?: string
  /** The supplier's own number for this use. */
  reference?: string
}

/** What a supplier's message says: `nothing` is authentic, and not for us. */
export type Heard =
  | { kind: 'used'; use: SupplierUse }
  | { kind: 'nothing' }
  | { kind: 'refused'; reason: 'bad_signature' | 'bad_request' | 'request_stale'; message: string }

/** A coupon that the supplier made for us. `no` is our number under which it was made. */
export type CouponAsk = {
  no: string
  supplierId: string
  code: string
  thirdProductId?: string
  openid?: string
  wechatAppId?: string
}
export type CouponAnswer =
  { kind: 'used'; use: SupplierUse } | { kind: 'unused' } | { kind: 'expired' } | Refused | Unknown

/** Whose uses a statement is to list: those of one product, on one day (`yyyy-MM-dd`, Asia/Shanghai) or all of them. */
export type StatementAsk = { thirdProductId: string; day?: string }

/** One use, or one refund, as the supplier has it in its own books: `at` is when that was. */
export type StatementRow = Omit<SupplierUse, 'usedAt'> & { at: Date }
export type StatementAnswer = { kind: 'told'; rows: StatementRow[] } | Refused | Unknown

/** The settings that every supplier has: how hard it may be pressed, and how long it is waited for. */
export const supplierLimits = z.object({
  requestsPerSecond: wholeNumber(
    { title: 'Requests per second', description: 'At most so many, per process.' },
    1,
    10_000,
  ).default(50),
  concurrency: wholeNumber(
    { title: 'Concurrency', description: 'At most so many requests at a time, per process.' },
    1,
    1000,
  ).default(10),
  timeoutSeconds: wholeNumber(
    {
      title: 'Timeout (seconds)',
      description: 'After so long without a whole answer it is unknown what became of a request.',
    },
    1,
    60,
  ).default(10),
})

export type SupplierLimits = z.output<typeof supplierLimits>

/** Who makes codes for us, and may have a word in their redemption. */
export type Maker<Settings extends SupplierLimits> = {
  /** Has the codes made, or told again where this number made them before. Rejects for nothing that a supplier does. */
  make(settings: Settings, ask: MakeAsk, send: SupplierSend, now: Date): Promise<MakeAnswer>
  /** Whether a redemption of its codes needs its word first. */
  mustConfirm(settings: Settings): boolean
  /** Asks for that word; accepted at once where nobody needs it. */
  confirm(settings: Settings, ask: ConfirmAsk, send: SupplierSend): Promise<ConfirmAnswer>
  /**
   * Whether it puts its coupons into the holder's own wallet with it: an order needs the holder's openid, a coupon is used
   * once, and nowhere but there. `thirdProductId` is then the number of its batch.
   */
  readonly isWallet?: boolean
  /**
   * What it must not be asked twice at once about, such as one holder and product; absent, or undefined: it may. Requests
   * of the same turn wait for each other, in all processes.
   */
  turnOf?(settings: Settings, ask: MakeAsk): string | undefined
  /** Where it is told of redemptions of its codes afterwards. */
  notifyUrl(settings: Settings): string | undefined
}

/** Who has codes of its own that are redeemed at our tills. A repeat under the same number does nothing anew. */
export type Redeemer<Settings extends SupplierLimits> = {
  /** Whether the code may be used now. Changes nothing. */
  prepare(settings: Settings, ask: RedeemAsk, send: SupplierSend): Promise<CodeAnswer>
  /** Uses the code: `ask.memo` is what `prepare` gave. The memo that it answers is what a reversal needs. */
  redeem(settings: Settings, ask: RedeemAsk, send: SupplierSend): Promise<CodeAnswer>
  /** Takes that back: `ask.memo` is what `redeem` gave. */
  reverse(settings: Settings, ask: RedeemAsk, send: SupplierSend): Promise<ReverseAnswer>
}

/** Who tells us when coupons that it made are used, and can be asked. */
export type Teller<Settings extends SupplierLimits> = {
  /** Reads a message of its own, checked against its signature over the bytes that came. */
  hear(settings: Settings, message: SupplierMessage, now: Date): Heard
  /** What became of a coupon. */
  lookUp(settings: Settings, ask: CouponAsk, send: SupplierSend, now: Date): Promise<CouponAnswer>
}

/** Who hands out its own books, to be compared with ours. `send` must leave room for a whole file. */
export type Statements<Settings extends SupplierLimits> = {
  uses(settings: Settings, ask: StatementAsk, send: SupplierSend, now: Date): Promise<StatementAnswer>
  refunds(settings: Settings, ask: StatementAsk, send: SupplierSend, now: Date): Promise<StatementAnswer>
}

/** `headers` by their names in lower case. */
export type SupplierMessage = { headers: Readonly<Record<string, string | undefined>>; body: Uint8Array }

/**
 * Somebody that the hub asks. It keeps no state: whatever it needs is in the settings and in the ask. Its functions are
 * methods so that a supplier with settings of its own is a `Supplier`: hand it none but what its own schema has put out.
 */
export type Supplier<Settings extends SupplierLimits = SupplierLimits> = {
  readonly kind: string
  readonly label: string
  readonly description: string
  /**
   * Describes the settings; forms are drawn from it. Its input has blank fields left out; what it puts out is plain
   * data, defaults filled in, and may be kept: it reads its own output again.
   */
  readonly settings: z.ZodType<Settings>
  /** The settings that are secret: kept encrypted, never shown. */
  readonly secretNames: readonly string[]
  /** The settings that are addresses, http or https: whoever takes settings decides which of them may be reached. */
  readonly addressNames: readonly string[]
  /** What it can do for us. */
  readonly maker?: Maker<Settings>
  readonly redeemer?: Redeemer<Settings>
  readonly teller?: Teller<Settings>
  readonly statements?: Statements<Settings>
}
