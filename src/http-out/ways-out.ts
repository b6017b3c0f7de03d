import type { Hub } from '../hub.ts'
import { createAddressGuard, type AddressGuard } from './address-guard.ts'
import { createSender, type Sender } from './send.ts'

type WithConfig = Pick<Hub, 'config'>

const guardOf = ({ config }: WithConfig): AddressGuard =>
  createAddressGuard({ allowedNetworks: config.callbackNetworks, isLoopbackAllowed: config.isSandbox })

/** The way out to partners: by the guard that the configuration asks for, which also checks addresses when they are taken. */
export const openSender = (hub: WithConfig): Sender =>
  createSender({ guard: guardOf(hub), connectionsPerOrigin: hub.config.dispatchConcurrencyPerAddress })

// A hundred codes, encrypted, are more than any partner answers to a callback; how long one waits is each supplier's
// own setting, a minute at most.
const supplierAnswers = { timeoutMilliseconds: 60_000, maxAnswerBytes: 262_144 }

/** The way out to suppliers, by the same guard. */
export const openSupplierSender = (hub: WithConfig): Sender => createSender({ guard: guardOf(hub), ...supplierAnswers })

// A day of a large batch, some hundred bytes a use.
const statementAnswers = { timeoutMilliseconds: 60_000, maxAnswerBytes: 64 * 1024 * 1024 }

/** The way out to suppliers for whole files, by the same guard. */
export const openStatementSender = (hub: WithConfig): Sender =>
  createSender({ guard: guardOf(hub), ...statementAnswers })

/** The way to WeChat for `faces/openid`, by the same guard. `ask` answers undefined for whatever is not JSON. */
export function openWeChat(hub: WithConfig): { ask: (url: string) => Promise<unknown>; close: Sender['close'] } {
  const sender = openSender(hub)
  return { ask: (url) => askOver(sender, url), close: sender.close }
}

async function askOver(sender: Sender, url: string): Promise<unknown> {
  const answer = await sender.send({ method: 'GET', url, headers: { accept: 'application/json' } })
  if (answer.kind === 'failed' || answer.status !== 200 || answer.isCut) return undefined
  try {
    return JSON.parse(answer.body) as unknown
  } catch {
    return undefined
  }
}
