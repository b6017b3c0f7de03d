import { z } from 'zod'
import { checkCallbackUrl, longestCallbackUrl, parseAddressPolicy } from '../wire/address.ts'

// The fields of settings as forms draw them: `title` is the partner's own word, `description` says what it does.
// Partners write digits as numbers or as strings; both are taken.

type Label = { title: string; description: string }

export function wholeNumber(label: Label, min: number, max: number) {
  const problem = `must be a whole number from ${min} to ${max}`
  return z
    .union([z.number(), z.string()], { error: problem })
    .transform((given, context) => {
      const value = /^[0-9]{1,16}$/.test(String(given)) ? Number(given) : Number.NaN
      if (value >= min && value <= max) return value
      context.issues.push({ code: 'custom', message: problem, input: given })
      return z.NEVER
    })
    .meta(label)
}

/** A partner's id. */
export function id(label: Label, max: number) {
  const problem = `must be 1 to ${max} printable ASCII characters without spaces`
  const pattern = new RegExp(`^[\\x21-\\x7e]{1,${max}}$`)
  return z
    .union([z.number().int().safe().transform(String), z.string().regex(pattern, problem)], { error: problem })
    .meta(label)
}

// Which addresses may be reached is not decided here: whether the text is an address at all is the same everywhere.
const everywhere = parseAddressPolicy({ allowedNetworks: ['0.0.0.0/0', '::/0'], isLoopbackAllowed: true })
const addressProblem = `must be an address such as https://esb.example.com/make: at most ${longestCallbackUrl} characters, without user name`

/** An address, http or https. */
export const address = (label: Label) =>
  z
    .string({ error: addressProblem })
    .refine((given) => checkCallbackUrl(given, everywhere) === undefined, addressProblem)
    .meta(label)

/** A secret of so many characters, such as a key that both sides know. */
export function secret(label: Label, min: number, max: number) {
  const problem = `must be ${min} to ${max} characters`
  return z.string({ error: problem }).min(min, { error: problem, abort: true }).max(max, problem).meta(label)
}

/** Where an interface begins: an address without a query, to which paths are appended. */
export const baseAddress = (label: Label) =>
  address(label)
    .refine((given) => !/[?#]/.test(given), 'must be an address without ? and #')
    .transform((given) => given.replace(/\/+$/, ''))
    .meta(label)
