import { z } from 'zod'
import { wholeNumber } from './fields.ts'

/** Posts and never rejects. Handed in, so that every supplier goes by the same guarded way out. */
export type SupplierPost = (request: {
  url: string
  headers: Record<string, string>
  body: string
}) => Promise<
  | { kind: 'answered'; status: number; body: string; isCut: boolean }
  | { kind: 'failed'; reason: string; message: string }
>

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

/** A clear no, in the supplier's own code and words. */
export type Refused = { kind: 'refused'; code: string; message: string }

/** Whether it happened cannot be told: to be asked again under the same number. The reason never contains a code. */
export type Unknown = { kind: 'unknown'; reason: string }

/** As many codes as asked for, all different, each of 1 to 64 printable ASCII characters without spaces. */
export type MakeAnswer = { kind: 'accepted'; codes: string[] } | Refused | Unknown
export type ConfirmAnswer = { kind: 'accepted' } | Refused | Unknown

/** The settings that every supplier has: how hard it may be pressed, and how long it is waited for. */
export const supplierLimits = z.object({
  requestsPerSecond: wholeNumber(
    { title: 'Requests per second', description: 'At most so many, by all processes.' },
    1,
    10_000,
  ).default(50),
  concurrency: wholeNumber(
    { title: 'Concurrency', description: 'At most so many requests at a time.' },
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

/**
 * Who makes codes for us, and may have a word in their redemption. It keeps no state: whatever it needs is in the
 * settings and in the ask. Its functions are methods so that a supplier with settings of its own is a `Supplier`: hand
 * it none but what its own schema has put out.
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
  /** Has the codes made, or told again where this number made them before. Rejects for nothing that a supplier does. */
  make(settings: Settings, ask: MakeAsk, post: SupplierPost): Promise<MakeAnswer>
  /** Whether a redemption of its codes needs its word first. */
  mustConfirm(settings: Settings): boolean
  /** Asks for that word; accepted at once where nobody needs it. */
  confirm(settings: Settings, ask: ConfirmAsk, post: SupplierPost): Promise<ConfirmAnswer>
  /** Where it is told of redemptions of its codes afterwards. */
  notifyUrl(settings: Settings): string | undefined
}
