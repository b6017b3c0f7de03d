import { z } from 'zod'

// What operators write of the set-up's nouns. Each says in words what is wrong, to be read behind the field's name.

/** What ids and numbers are made of: printable ASCII without spaces. */
export const idField = (longest = 64) =>
  z
    .string({ error: ({ input }) => (input === undefined ? 'is missing' : 'must be a text') })
    .min(1, 'is missing')
    .max(longest, `has at most ${longest} characters`)
    .regex(/^[\x21-\x7e]*$/, 'must be printable ASCII without spaces')

/** Names may be any letters, but no control characters. */
export const nameField = z
  .string()
  .trim()
  .min(1, 'is missing')
  .max(200, 'has at most 200 characters')
  .regex(/^\P{Cc}*$/u, 'has no control characters')

/** At most so many for one holder; null is no limit. */
export const limitField = z.int('must be a whole number').min(1, 'must be 1 or more').max(1_000_000_000).nullable()

/** How many there are; null is unlimited. */
export const stockField = z.int('must be a whole number').min(0).max(1_000_000_000_000).nullable()

export const dateField = z.date('must be a time')

/** An address as it is written. Whether it may be called is decided where it is taken. */
export const urlField = z.string().min(1).max(256)

export const fenField = z.int('must be a whole number of fen').min(0).max(1_000_000_000_000)
