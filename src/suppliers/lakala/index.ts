import type { Supplier } from '../supplier.ts'
import { hear } from './hear.ts'
import { lookUp } from './look-up.ts'
import { make } from './make.ts'
import { lakalaSettings } from './settings.ts'
import type { LakalaSettings } from './settings.ts'

/** Coupons of another hub, or of Lakala's platform: we are one of its banks. `now` is what requests for coupons say. */
export const createLakala = (now: () => Date) =>
  ({
    kind: 'lakala',
    label: '拉卡拉',
    description: 'Coupons that are issued over Lakala’s wire: by Lakala, or by another hub.',
    settings: lakalaSettings,
    secretNames: ['privateKey'],
    addressNames: ['issueURL', 'queryURL', 'writeOffNotify', 'postNotify'],
    maker: {
      make: (settings, asked, send) => make(settings, asked, send, now()),
      mustConfirm: () => false,
      confirm: async () => ({ kind: 'accepted' }),
      notifyUrl: () => undefined,
    },
    teller: { hear, lookUp },
  }) satisfies Supplier<LakalaSettings>

export const lakala = createLakala(() => new Date())
