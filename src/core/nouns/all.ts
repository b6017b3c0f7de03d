import { activity } from './activity.ts'
import type { Noun } from './noun.ts'

/** Every noun that is described, in the order in which a hub is set up. */
export const nouns: readonly Noun[] = [activity]
