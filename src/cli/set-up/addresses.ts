import { checkSupplierUrl } from '../../faces/supplier-address.ts'
import { suppliers } from '../../suppliers/index.ts'
import { checkCallbackUrl, parseAddressPolicy, type AddressPolicy } from '../../wire/address.ts'
import type { CommandContext } from '../context.ts'
import { CommandError } from '../errors.ts'

// What an operator writes is held to the same rules as what partners write: the dispatcher calls neither otherwise.

const policyOf = ({ config }: CommandContext): AddressPolicy =>
  parseAddressPolicy({ allowedNetworks: config.callbackNetworks, isLoopbackAllowed: config.isSandbox })

/** Refuses an address for callbacks that may not be called. @param option names it in the refusal. */
export function requireCallbackUrl(context: CommandContext, option: string, url: string | undefined): void {
  const problem = url === undefined ? undefined : checkCallbackUrl(url, policyOf(context))
  if (problem !== undefined) throw new CommandError('bad_request', `${option}: ${problem}`)
}

/** Refuses settings of a supplier with an address that may not be called. */
export function requireSupplierUrls(context: CommandContext, kind: string, settings: Record<string, unknown>): void {
  const names = suppliers.get(kind)?.addressNames ?? []
  for (const name of names) {
    const url = settings[name]
    if (typeof url !== 'string' || url === '') continue
    const problem = checkSupplierUrl(url, policyOf(context), context.config.isSandbox)
    if (problem !== undefined) throw new CommandError('bad_request', `${name}: ${problem}`)
  }
}
