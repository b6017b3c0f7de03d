import { acceptor } from './acceptor.ts'
import { activity } from './activity.ts'
import { channel } from './channel.ts'
import { merchant } from './merchant.ts'
import type { Noun } from './noun.ts'
import { shop } from './shop.ts'
import { template } from './template.ts'

/** Every noun that is described, in the order in which a hub is set up. */
export const nouns: readonly Noun[] = [channel, acceptor, merchant, shop, template, activity]
