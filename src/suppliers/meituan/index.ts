import type { Supplier } from '../supplier.ts'
import { prepare, redeem, reverse } from './redeem.ts'
import { meituanSettings } from './settings.ts'
import type { MeituanSettings } from './settings.ts'

/** Meituan's coupons, by its gateway for 到店综合. `now` is what its requests say. */
export const createMeituan = (now: () => Date) =>
  ({
    kind: 'meituan',
    label: '美团',
    description: 'Meituan’s coupons (团购券, channel_type 10004), redeemed at our tills.',
    settings: meituanSettings,
    secretNames: ['signKey', 'appAuthToken'],
    addressNames: ['baseURL'],
    redeemer: {
      prepare: (settings, asked, send) => prepare(settings, asked, send, now()),
      redeem: (settings, asked, send) => redeem(settings, asked, send, now()),
      reverse: (settings, asked, send) => reverse(settings, asked, send, now()),
    },
  }) satisfies Supplier<MeituanSettings>

export const meituan = createMeituan(() => new Date())
