import type { Supplier } from '../supplier.ts'
import { hear } from './hear.ts'
import { lookUp, make } from './coupon.ts'
import { wechatPaySettings, type WechatPaySettings } from './settings.ts'
import { statementOf } from './statements.ts'

export { queryStock } from './stock.ts'
export type { WechatPayStock } from './stock.ts'

/** Cash coupons of WeChat Pay (代金券, 立减金), API v3. They are given to openids, and used in WeChat alone. */
export const wechatPay = {
  kind: 'wechat-pay',
  label: 'WeChat Pay',
  description: 'Cash coupons of WeChat Pay (微信代金券, 立减金), given to openids and used by paying.',
  settings: wechatPaySettings,
  secretNames: ['privateKey', 'apiV3Key'],
  addressNames: ['baseURL'],
  maker: {
    make,
    mustConfirm: () => false,
    confirm: async () => ({ kind: 'accepted' }),
    notifyUrl: () => undefined,
    isWallet: true,
    // Parallel requests about one openid and stock are told a limit that is not reached.
    turnOf: ({ oneAtATime }, { thirdProductId = '', openid = '' }) =>
      oneAtATime ? `${thirdProductId} ${openid}` : undefined,
  },
  teller: { hear, lookUp },
  statements: { uses: statementOf('use'), refunds: statementOf('refund') },
} satisfies Supplier<WechatPaySettings>
