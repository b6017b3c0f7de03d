import { z } from 'zod'
import { redeemableAtSchema } from '../../core/nouns/template-terms.ts'
import type { AddressPolicy } from '../../wire/address.ts'
import { compactTime, config, fen, id, name, optional, plain, required, wholeNumber } from './whale-fields.ts'
import { baseConfig } from './written-fields.ts'

const placeProblem =
  'must say where, such as {"kind": "everywhere"} or {"kind": "shops", "acceptor": "A", "shops": ["S1"]}'

/** Where coupons may be redeemed, in the words of the hub's own set-up. */
const redeemableAt = z.preprocess(
  (given) => (given === null || given === '' ? undefined : plain(given)),
  z
    .unknown()
    .transform((given, context) => {
      const place = redeemableAtSchema.safeParse(given)
      if (place.success) return place.data
      context.issues.push({ code: 'custom', message: placeProblem, input: given })
      return z.NEVER
    })
    .optional(),
)

// The document leaves `templateConfig` open; these are the fields that mean something.
export const templateConfig = (addresses: AddressPolicy) =>
  baseConfig(addresses, {
    stock: optional(wholeNumber(0, 1_000_000_000_000)),
    useTimes: optional(wholeNumber(1, 1000)),
    validDays: optional(wholeNumber(1, 100_000)),
    validStart: optional(compactTime),
    validEnd: optional(compactTime),
    codes: optional(config({ alphabet: optional(name(64)), length: optional(wholeNumber(1, 32)) })),
    pool: optional(id(64)),
    redeemableAt,
    minOrder: optional(fen),
    merchantBenefit: optional(fen),
    batchNo: optional(id(64)),
    thirdProductId: optional(id(64)),
    messageText: optional(name(500)),
    print: optional(z.record(z.string().max(64), required(name(500)), { error: 'must be an object of texts' })),
  })
    .refine((given) => given.validDays === undefined || given.validStart === undefined, {
      path: ['validDays'],
      error: 'is given where validStart and validEnd are: give one or the other',
    })
    .refine((given) => (given.validStart === undefined) === (given.validEnd === undefined), {
      path: ['validEnd'],
      error: 'goes together with validStart',
    })
    .refine(({ validStart, validEnd }) => validStart === undefined || validEnd === undefined || validStart < validEnd, {
      path: ['validEnd'],
      error: 'must lie after validStart',
    })

export type TemplateConfig = z.output<ReturnType<typeof templateConfig>>

const defaultDays = 30

/** How long coupons are valid where the order that makes them says nothing: 30 days from their issue by default. */
export const validityOf = ({ validDays = defaultDays, validStart, validEnd }: TemplateConfig) =>
  validStart === undefined || validEnd === undefined
    ? { forSeconds: validDays * 86_400 }
    : { from: validStart, until: validEnd }
