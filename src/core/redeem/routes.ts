import type { Routing } from '../command/redeem.ts'
import { fitsPattern } from '../codes/code-pattern.ts'
import { isSameCode, plainCode } from '../codes/typed-code.ts'

export { isSameCode }
import { refuse } from '../command/errors.ts'
import { ownKind } from '../supplier/supplier-of.ts'
import { pairKey, type Route, type Setup } from '../set-up/snapshot.ts'

/** A code as a till sends it. */
export type Routed = Routing & { acceptorId: string; code: string }

/** The route that a code goes by where it is none of ours; undefined where there is none. */
export function routeOf(setup: Setup, { routing, acceptorId, code }: Routed): Route | undefined {
  if (routing === undefined) return undefined
  const { channelType } = routing
  if (channelType !== undefined) {
    const route = setup.routes.get(pairKey(acceptorId, channelType))
    return route !== undefined && isOpen(setup, route) ? route : undefined
  }
  const routes = setup.routesOfAcceptor.get(acceptorId) ?? []
  return routes.find(
    (route) =>
      route.codePattern !== undefined &&
      fitsPattern(codeFor(route, code), route.codePattern) &&
      isOpen(setup, route) &&
      !isOurRoute(setup, route),
  )
}

/** A code as its route takes it: as it was typed where that fits, or where nobody knows how its codes look; else plain. */
export function codeFor({ codePattern }: Route, typed: string): string {
  return codePattern === undefined || fitsPattern(typed, codePattern) ? typed : plainCode(typed)
}

const isOpen = (setup: Setup, { isEnabled, supplierId }: Route): boolean =>
  isEnabled && setup.suppliers.get(supplierId)?.isEnabled === true

/** Whether a route is that of the hub's own and pooled codes. */
const isOurRoute = (setup: Setup, { supplierId }: Route): boolean => setup.suppliers.get(supplierId)?.kind === ownKind

const refuseRoute = (message: string): never => refuse('supplier_not_supported', message, { field: 'channel_type' })

/**
 * Whether a code is a supplier's, and not for us to decide. Refuses a channel type that leads nowhere, and our own code
 * sent by a supplier's.
 */
export function isForSupplier(setup: Setup, asked: Routed, isOwn: boolean): boolean {
  const channelType = asked.routing?.channelType
  if (channelType === undefined) return !isOwn && routeOf(setup, asked) !== undefined
  const route = routeOf(setup, asked) ?? refuseRoute(`there is no route ${channelType}`)
  if (isOurRoute(setup, route)) return false
  if (isOwn) refuseRoute(`the code is not for route ${channelType}`)
  return true
}

/** Refuses a route that this payment may not go by. */
export function checkExcluded({ routing }: Routing, channelType: string | undefined): void {
  if (channelType === undefined || !routing?.excluded.includes(channelType)) return
  refuse('rule_rejected', `a payment with another discount may not go by route ${channelType}`, {
    field: 'exc_discount_flag',
  })
}

/** The outcome of what is not decided here: a supplier's code, or a number that names a redemption of one. */
export const elsewhere = 'elsewhere'
export type Elsewhere = typeof elsewhere
