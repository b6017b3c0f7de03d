import ipaddr from 'ipaddr.js'
import { refuse } from '../core/command/errors.ts'
import type { App } from '../core/set-up/snapshot.ts'
import type { Hub } from '../hub.ts'

/** Who may come in, and how often. Its counts are this process's own. */
export type Admission = {
  /** Refuses an app that is switched off, or an address that is not on its list. */
  checkApp: (app: App, address: string) => void
  /** Counts a request that did not prove whose it is, and refuses when its address sends too many of them. */
  countFailure: (address: string, now: Date) => void
  /** Counts a request whose signature held, and refuses when its app sends more than it may. */
  countRequest: (app: App, now: Date) => void
}

const failuresPerMinute = 600
const rememberedAddresses = 10_000

type Bucket = { tokens: number; filledAt: number }

export function createAdmission({ config }: Hub): Admission {
  const apps = new Map<string, Bucket>()
  const failures = new Map<string, Bucket>()
  return {
    checkApp: (app, address) => {
      if (!app.isEnabled) refuse('app_disabled', `app ${app.id} is switched off`)
      if (app.settings.networks.length > 0 && !app.settings.networks.some((network) => isWithin(address, network))) {
        refuse('address_not_allowed', `app ${app.id} may not be used from ${address}`)
      }
    },
    countFailure: (address, now) => {
      if (failures.size > rememberedAddresses) failures.clear()
      if (!takeToken(failures, address, failuresPerMinute, failuresPerMinute / 60, now)) {
        refuse('too_many_requests', `too many requests from ${address} were refused`)
      }
    },
    countRequest: (app, now) => {
      const perSecond = app.settings.requestsPerSecond ?? config.requestsPerSecond
      if (!takeToken(apps, `${app.face} ${app.id}`, perSecond, perSecond, now)) {
        refuse('too_many_requests', `app ${app.id} may send ${perSecond} requests a second`)
      }
    },
  }
}

/** Takes a token from a bucket that holds `size` and fills at `perSecond`; false where it is empty. */
function takeToken(buckets: Map<string, Bucket>, key: string, size: number, perSecond: number, now: Date): boolean {
  const at = now.getTime()
  const bucket = buckets.get(key) ?? { tokens: size, filledAt: at }
  const passed = Math.max(0, at - bucket.filledAt) / 1000
  bucket.tokens = Math.min(size, bucket.tokens + passed * perSecond)
  bucket.filledAt = at
  buckets.set(key, bucket)
  if (bucket.tokens < 1) return false
  bucket.tokens -= 1
  return true
}

/** Whether an address is in a network (CIDR), or is that address. */
export function isWithin(address: string, network: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  const [base, bits] = ipaddr.parseCIDR(network)
  return parsed.kind() === base.kind() && parsed.match(base, bits)
}
