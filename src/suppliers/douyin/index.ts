import type { Supplier } from '../supplier.ts'
import { reverse, redeem } from './verify.ts'
import { prepare } from './prepare.ts'
import { douyinSettings, type DouyinSettings } from './settings.ts'
import { createTokens } from './token.ts'

/** Douyin's coupons, by its open platform (生活服务, 团购核销). `now` is by what its tokens end. */
export function createDouyin(now: () => Date) {
  const tokens = createTokens(now)
  return {
    kind: 'douyin',
    label: '抖音',
    description: 'Douyin’s coupons (团购券, channel_type 10003), redeemed at our tills.',
    settings: douyinSettings,
    secretNames: ['clientSecret'],
    addressNames: ['baseURL', 'linkURL'],
    redeemer: {
      prepare: (settings, asked, send) => prepare({ settings, send, tokens }, asked),
      redeem: (settings, asked, send) => redeem({ settings, send, tokens }, asked),
      reverse: (settings, asked, send) => reverse({ settings, send, tokens }, asked),
    },
  } satisfies Supplier<DouyinSettings>
}

export const douyin = createDouyin(() => new Date())
