import type { Noun } from '../nouns/noun.ts'
import type { Setup } from './snapshot.ts'

/** A noun whose rows the picture of the set-up has under the name of its table. */
export type DescribedNoun = Noun & {
  table: 'activities' | 'templates' | 'channels' | 'acceptors' | 'merchants' | 'shops'
}

/** The rows of a noun, by its keys with a space between them. */
export const rowsOf = (setup: Setup, noun: DescribedNoun): ReadonlyMap<string, object> => setup[noun.table]
