import { checkCallbackUrl, type AddressPolicy } from '../wire/address.ts'

/**
 * Checks an address at which a supplier is asked or told: what is wrong with it, or undefined. As with callbacks, and
 * https outside of a sandbox, since codes travel there.
 */
export function checkSupplierUrl(url: string, addresses: AddressPolicy, isSandbox: boolean): string | undefined {
  const problem = checkCallbackUrl(url, addresses)
  if (problem !== undefined || isSandbox || /^https:/i.test(url)) return problem
  return 'The address must begin with https://, since codes travel there.'
}
