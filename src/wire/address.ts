import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

type IpAddress = ipaddr.IPv4 | ipaddr.IPv6
type Network = readonly [network: IpAddress, prefixLength: number]

/** Which addresses callbacks may reach besides the public ones. Made by `parseAddressPolicy`. */
export type AddressPolicy = { readonly allowedNetworks: readonly Network[]; readonly isLoopbackAllowed: boolean }

/** The longest callback address that is taken (the documents of the partners give it 256 characters at most). */
export const longestCallbackUrl = 256

/**
 * Reads the operator's networks (`10.0.0.0/8`, `fd00::/8`; an address alone means itself). IPv4 networks are written
 * as IPv4: mapped into IPv6 (`::ffff:…`) they are refused. Throws an Error that names every network it cannot read.
 */
export function parseAddressPolicy(given: {
  allowedNetworks: readonly string[]
  isLoopbackAllowed: boolean
}): AddressPolicy {
  const networks = given.allowedNetworks.map(parseNetwork)
  const unreadable = given.allowedNetworks.filter((_, index) => networks[index] === undefined)
  if (unreadable.length > 0) {
    const names = unreadable.map((text) => JSON.stringify(text)).join(', ')
    throw new Error(`Not a network: ${names}. Write an address and a prefix length, such as 10.0.0.0/8 or fd00::/8.`)
  }
  return {
    allowedNetworks: networks.filter((network) => network !== undefined),
    isLoopbackAllowed: given.isLoopbackAllowed,
  }
}

function parseNetwork(text: string): Network | undefined {
  const [, address, prefix] = /^([0-9A-Fa-f:.]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  if (address === undefined || isIP(address) === 0) return undefined
  const network = ipaddr.parse(address)
  const bits = network.kind() === 'ipv4' ? 32 : 128
  const prefixLength = prefix === undefined ? bits : Number(prefix)
  // Mapped addresses are unwrapped before they are compared, so a mapped network would silently match nothing.
  const isMapped = network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress()
  return prefixLength > bits || isMapped ? undefined : [network, prefixLength]
}

/**
 * Whether callbacks may connect to this address (an IPv4 or IPv6 literal as `net.isIP` knows them, without brackets;
 * anything else is not allowed). IPv4 mapped into IPv6 is judged as the IPv4 address that it reaches.
 */
export function isAddressAllowed(address: string, policy: AddressPolicy): boolean {
  // A zone (fe80::1%eth0) names an interface of this machine: nothing public has one. And ipaddr.js reads ::1.2.3.4 as
  // ::ffff:1.2.3.4, which is not where a socket would go.
  if (isIP(address) === 0 || address.includes('%') || /^::\d+\./.test(address)) return false
  const reached = ipaddr.process(address)
  if (policy.isLoopbackAllowed && reached.range() === 'loopback') return true
  return isPublic(reached) || policy.allowedNetworks.some((network) => isWithin(reached, network))
}

const isWithin = (address: IpAddress, [network, prefixLength]: Network): boolean =>
  address.kind() === network.kind() && address.match([network, prefixLength])

// ipaddr.js calls everything "unicast" that no special range claims. For IPv6 that lets through what was never given
// out, such as the IPv4-compatible ::127.0.0.1; only 2000::/3 is global (RFC 4291 §2.4, IANA's IPv6 address space).
const globalIpv6: Network = [ipaddr.parse('2000::'), 3]

// Azure serves its machines' settings and certificates here: inside the cloud, though it looks public.
const azureWireServer = '168.63.129.16'

function isPublic(address: IpAddress): boolean {
  if (address.range() !== 'unicast' || address.toString() === azureWireServer) return false
  return address.kind() === 'ipv4' || isWithin(address, globalIpv6)
}

/**
 * Checks a callback's address as far as that goes without asking DNS: what is wrong with it, or undefined. Names are
 * judged where the connection is made; an address that passes here may still be refused there.
 */
export function checkCallbackUrl(url: string, policy: AddressPolicy): string | undefined {
  if (url.length > longestCallbackUrl) return `The address is longer than ${longestCallbackUrl} characters.`
  // The parser of URLs drops or turns around these characters: what was checked must be what is used.
  if (/[\s\\\p{Cc}]/u.test(url)) return 'The address contains a space, a backslash or a control character.'
  if (!/^https?:\/\//i.test(url)) return 'The address must begin with http:// or https://.'
  const authority = /^[^:]*:\/\/([^/?#]*)/.exec(url)?.[1] ?? ''
  if (authority.includes('@')) return 'The address must not contain a user name or password.'
  if (authority === '' || !URL.canParse(url)) return 'The address has no valid host.'
  return checkHost(hostOf(new URL(url).hostname), policy)
}

function checkHost(host: string, policy: AddressPolicy): string | undefined {
  const address = isLocalhost(host) ? '127.0.0.1' : host
  if (isIP(address) === 0 || isAddressAllowed(address, policy)) return undefined
  return `The address leads to ${host}, which is not a public address.`
}

// RFC 6761 §6.3: these names always mean the machine itself.
const isLocalhost = (host: string): boolean => /(^|\.)localhost\.?$/.test(host)

/** A URL's host without the brackets that URLs put around IPv6 addresses. */
export const hostOf = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1')
