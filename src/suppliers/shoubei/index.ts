import type { Supplier } from '../supplier.ts'
import { prepare, redeem, reverse } from './redeem.ts'
import { shoubeiSettings } from './settings.ts'
import type { ShoubeiSettings } from './settings.ts'

/** Codes that another hub, or Shoubei itself, redeems: we are one of its tills. `now` is what `ts` says. */
export const createShoubei = (now: () => Date) =>
  ({
    kind: 'shoubei',
    label: '收呗',
    description: 'Codes that are redeemed over Shoubei’s wire: by Shoubei, or by another hub.',
    settings: shoubeiSettings,
    secretNames: ['key'],
    addressNames: ['baseURL'],
    redeemer: {
      prepare: (settings, asked, send) => prepare(settings, asked, send, now()),
      redeem: (settings, asked, send) => redeem(settings, asked, send, now()),
      reverse: (settings, asked, send) => reverse(settings, asked, send, now()),
    },
  }) satisfies Supplier<ShoubeiSettings>

export const shoubei = createShoubei(() => new Date())
