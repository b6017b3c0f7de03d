import type { LookupAddress, LookupOptions } from 'node:dns'
import { isIP } from 'node:net'
import { callbackify } from 'node:util'
import { buildConnector } from 'undici'
import { createResolver, rememberedCode, type Resolve } from './resolver.ts'
import { checkCallbackUrl, hostOf, isAddressAllowed, parseAddressPolicy } from '../wire/address.ts'

/** Resolves a name to all of its addresses, as `dns.lookup` does with `all: true`. */
export type LookupAll = (
  hostname: string,
  options: { all: true },
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void

export type AddressGuard = {
  /** What can be said of an address without connecting: for taking it, and before using it. */
  readonly checkUrl: (url: string) => { ok: true } | { ok: false; reason: string }
  /** Connects for undici, to nothing but what was checked. Fails with an error whose `code` is one of `guardCodes`. */
  readonly connect: buildConnector.connector
}

export const guardCodes = {
  refused: 'QUANHUB_ADDRESS_REFUSED',
  dns: 'QUANHUB_DNS_FAILED',
  /** The name was not asked for, since its name servers were silent a moment ago. */
  remembered: rememberedCode,
} as const

type AddressGuardOptions = {
  /** Networks besides the public ones (CIDR), from QUANHUB_CALLBACK_NETWORKS. */
  readonly allowedNetworks: readonly string[]
  /** The sandbox calls back to its own machine. */
  readonly isLoopbackAllowed: boolean
  readonly lookup?: LookupAll
  readonly lookupTimeoutMilliseconds?: number
  readonly connectTimeoutMilliseconds?: number
}

/**
 * One guard for taking, testing and using a callback's address. Names are resolved once for each connection; one
 * address among the answers that is not allowed refuses them all, and the socket gets exactly the answers that were
 * checked: there is no second question that could be answered differently (DNS rebinding). The connection keeps the
 * real name for TLS and the Host header. Throws where `allowedNetworks` cannot be read.
 */
export function createAddressGuard(options: AddressGuardOptions): AddressGuard {
  const policy = parseAddressPolicy(options)
  const isAllowed = (address: string): boolean => isAddressAllowed(address, policy)
  const lookup = boundLookup(options.lookup ?? lookupBy(createResolver()), options.lookupTimeoutMilliseconds ?? 5_000)
  const connectChecked = buildConnector({
    timeout: options.connectTimeoutMilliseconds ?? 10_000,
    lookup: checkedLookup(lookup, isAllowed),
  })
  return {
    checkUrl: (url) => {
      const reason = checkCallbackUrl(url, policy)
      return reason === undefined ? { ok: true } : { ok: false, reason }
    },
    connect: (target, callback) => {
      const host = hostOf(target.hostname)
      // Node asks no lookup for a host that is an address already: the lookup alone would let every literal through.
      if (isIP(host) !== 0 && !isAllowed(host)) callback(refusal(host, host), null)
      else connectChecked({ ...target, hostname: host }, callback)
    },
  }
}

/** What `net.connect` calls: it takes one address or all of them, as `all` says. */
type SocketLookup = (
  hostname: string,
  options: LookupOptions,
  callback: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
) => void

type BoundLookup = (hostname: string, callback: (error: Error | null, addresses: LookupAddress[]) => void) => void

function checkedLookup(lookup: BoundLookup, isAllowed: (address: string) => boolean): SocketLookup {
  return (hostname, options, callback) =>
    lookup(hostname, (error, addresses) => {
      const refused = addresses.find(({ address }) => !isAllowed(address))
      const first = addresses[0]
      if (error !== null) callback(error, [])
      else if (first === undefined) callback(dnsFailure(hostname, 'no address'), [])
      else if (refused !== undefined) callback(refusal(hostname, refused.address), [])
      else if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
}

function lookupBy(resolve: Resolve): LookupAll {
  const ask = callbackify(resolve)
  // Where there is an error there are no addresses.
  return (hostname, _, callback) =>
    ask(hostname, (error, addresses) => callback(error, error === null ? addresses : []))
}

// Whatever asks, an answer that comes too late is dropped.
function boundLookup(lookup: LookupAll, timeoutMilliseconds: number): BoundLookup {
  return (hostname, callback) => {
    let isAnswered = false
    const answerOnce = (error: Error | null, addresses: LookupAddress[]): void => {
      if (isAnswered) return
      isAnswered = true
      clearTimeout(timer)
      callback(error, addresses)
    }
    const timer = setTimeout(
      () => answerOnce(dnsFailure(hostname, `no answer within ${timeoutMilliseconds} ms`), []),
      timeoutMilliseconds,
    )
    lookup(hostname, { all: true }, (error, addresses) =>
      error === null ? answerOnce(null, addresses) : answerOnce(dnsFailure(hostname, error.message, codeOf(error)), []),
    )
  }
}

const refusal = (host: string, address: string): Error =>
  withCode(
    `${host === address ? host : `${host} (${address})`} is not a public address. ` +
      'If callbacks may go there, add its network to QUANHUB_CALLBACK_NETWORKS.',
    guardCodes.refused,
  )

const codeOf = (error: Error): unknown => (error as { code?: unknown }).code

const dnsFailure = (host: string, cause: string, code?: unknown): Error =>
  withCode(
    `The name ${host} could not be resolved: ${cause}.`,
    code === guardCodes.remembered ? guardCodes.remembered : guardCodes.dns,
  )

const withCode = (message: string, code: string): Error => Object.assign(new Error(message), { code })
