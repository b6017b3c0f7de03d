import type { CodeAnswer, RedeemAsk, ReverseAnswer, Supplier, SupplierSend } from '../supplier.ts'
import { ask, readDetails, readVerdict } from './ask.ts'
import { httpRedeemSettings, type HttpRedeemSettings } from './settings.ts'

/** Whoever has no wire of its own that is public: by docs/suppliers/http-redeem.md. `now` is what its signatures say. */
export function createHttpRedeem(now: () => Date) {
  const askForCode = async (
    operation: 'prepare' | 'redeem',
    settings: HttpRedeemSettings,
    asked: RedeemAsk,
    send: SupplierSend,
  ): Promise<CodeAnswer> => {
    const told = await ask(settings, operation, asked, send, now())
    if (told.kind === 'unknown') return told
    const verdict = readVerdict(told.object, asked.code)
    return verdict.kind === 'yes' ? { kind: 'accepted', ...readDetails(told.object) } : verdict
  }
  const reverse = async (
    settings: HttpRedeemSettings,
    asked: RedeemAsk,
    send: SupplierSend,
  ): Promise<ReverseAnswer> => {
    const told = await ask(settings, 'reverse', asked, send, now())
    if (told.kind === 'unknown') return told
    const verdict = readVerdict(told.object, asked.code)
    return verdict.kind === 'yes' ? { kind: 'accepted' } : verdict
  }
  return {
    kind: 'http-redeem',
    label: 'HTTP',
    description: 'Codes of a third party that are redeemed at our tills, by the hub’s own contract over HTTP and JSON.',
    settings: httpRedeemSettings,
    secretNames: ['key'],
    addressNames: ['baseURL'],
    redeemer: {
      prepare: (settings, asked, send) => askForCode('prepare', settings, asked, send),
      redeem: (settings, asked, send) => askForCode('redeem', settings, asked, send),
      reverse,
    },
  } satisfies Supplier<HttpRedeemSettings>
}

export const httpRedeem = createHttpRedeem(() => new Date())
