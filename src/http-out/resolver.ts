import { ADDRCONFIG, lookup as lookupBySystem, type LookupAddress } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'

/** Resolves a name to all of its addresses. Rejects with an error of code `rememberedCode` where it did not ask. */
export type Resolve = (name: string) => Promise<LookupAddress[]>

/** The name has failed a moment ago, and was not asked for once more. */
export const rememberedCode = 'QUANHUB_DNS_REMEMBERED'

type ResolverOptions = {
  /** Name servers, as `address` or `address:port`, where they are not the system's. */
  servers?: readonly string[]
  hostsFile?: string
  now?: () => number
}

const tryMilliseconds = 1_500
const tries = 2
const memoryMilliseconds = 5_000
const mostRemembered = 10_000

/**
 * Asks name servers itself. The system's own call holds one of the process's four threads as long as it takes, so that one
 * partner's dead name server would stop every other name, and every file. What it alone knows comes first (the hosts file)
 * or afterwards (search domains), where a name server has said that there is no such name: then it answers quickly.
 *
 * Questions for the same name that are under way are one; a name server that was silent is not asked again for some
 * seconds.
 */
export function createResolver(options: ResolverOptions = {}): Resolve {
  const { servers, hostsFile = '/etc/hosts', now = () => performance.now() } = options
  const underWay = new Map<string, Promise<LookupAddress[]>>()
  const silentUntil = new Map<string, number>()

  async function ask(name: string): Promise<LookupAddress[]> {
    try {
      return await askServers(name, servers)
    } catch (error) {
      if (isNoSuchName(error)) return askSystem(name)
      if (silentUntil.size >= mostRemembered) silentUntil.clear()
      silentUntil.set(name, now() + memoryMilliseconds)
      throw error
    }
  }

  return async (given) => {
    const name = given.toLowerCase().replace(/\.$/, '')
    const known = addressesInFile(name, hostsFile)
    if (known.length > 0) return known
    if ((silentUntil.get(name) ?? 0) > now()) throw rememberedError(name)
    silentUntil.delete(name)
    const asked = underWay.get(name) ?? ask(name).finally(() => underWay.delete(name))
    underWay.set(name, asked)
    return asked
  }
}

const rememberedError = (name: string): Error =>
  Object.assign(new Error(`the name servers of ${name} were silent a moment ago`), { code: rememberedCode })

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code

const isNoSuchName = (error: unknown): boolean => ['ENOTFOUND', 'ENODATA'].includes(String(codeOf(error)))

async function askServers(name: string, servers: readonly string[] | undefined): Promise<LookupAddress[]> {
  const resolver = new Resolver({ timeout: tryMilliseconds, tries })
  if (servers !== undefined) resolver.setServers(servers)
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  const addresses = [
    ...(four.status === 'fulfilled' ? four.value.map((address) => ({ address, family: 4 })) : []),
    ...(six.status === 'fulfilled' ? six.value.map((address) => ({ address, family: 6 })) : []),
  ]
  if (addresses.length > 0) return addresses
  const errors = [four, six].flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as Error] : []))
  // One that was silent may have had addresses: only two clear answers say that there is no such name.
  throw errors.find((error) => !isNoSuchName(error)) ?? errors[0] ?? new Error(`${name} has no address`)
}

const askSystem = (name: string): Promise<LookupAddress[]> =>
  new Promise((resolve, reject) => {
    lookupBySystem(name, { all: true, hints: ADDRCONFIG }, (error, addresses) =>
      error === null ? resolve(addresses) : reject(error),
    )
  })

function addressesInFile(name: string, file: string): LookupAddress[] {
  return linesOf(file).flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const family = isIP(address)
    return family !== 0 && names.some((one) => one.toLowerCase() === name) ? [{ address, family }] : []
  })
}

// Small, and changed without anybody being told.
function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}
