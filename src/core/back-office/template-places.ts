import { refuse } from '../command/errors.ts'
import { requireFound } from './fields.ts'
import type { RedeemableAt } from '../nouns/template-terms.ts'
import { pairKey, type Setup } from '../set-up/snapshot.ts'

/** Refuses a place that does not exist: it is a slip of the pen, and its coupons could be redeemed nowhere. */
export function requirePlaces(setup: Setup, place: RedeemableAt): void {
  if (place.kind === 'acceptors') {
    for (const id of place.acceptors) requireFound(setup.acceptors.get(id), 'acceptor', id)
  } else if (place.kind === 'merchants') {
    for (const no of place.merchants) requireAt(setup.merchants, 'merchant', place.acceptor, no)
  } else if (place.kind === 'shops') {
    for (const no of place.shops) requireAt(setup.shops, 'shop', place.acceptor, no)
  } else if (place.kind === 'brand' && ![...setup.merchants.values()].some(({ brand }) => brand === place.brand)) {
    refuse('setup_not_found', `no merchant has the brand ${place.brand}`, { field: 'redeemableAt' })
  }
}

const requireAt = (rows: ReadonlyMap<string, object>, kind: string, acceptorId: string, no: string): void =>
  void requireFound(rows.get(pairKey(acceptorId, no)), kind, pairKey(acceptorId, no))
