import type { Supplier } from '../supplier.ts'
import { confirm, make } from './make.ts'
import { esbSettings, type EsbSettings } from './settings.ts'

/** Codes from an ESB, by the wire of Whale's own document (ESB制码订单). */
export const esb = {
  kind: 'esb',
  label: 'ESB',
  description: 'Codes made by a third party behind an ESB (制码渠道), asked for one order at a time.',
  settings: esbSettings,
  secretNames: ['orderEncryptKey'],
  addressNames: ['makeCodeURL', 'verifyURL', 'verifyNotifyURL'],
  maker: {
    make,
    mustConfirm: ({ verifyURL }) => verifyURL !== undefined,
    confirm,
    notifyUrl: ({ verifyNotifyURL }) => verifyNotifyURL,
  },
} satisfies Supplier<EsbSettings>
