import type { Hub } from '../hub.ts'
import type { Supplier, SupplierLimits } from '../suppliers/supplier.ts'
import type { SupplierSetup } from './set-up/snapshot.ts'

/** A supplier that can be asked: how its kind is spoken to, and its settings as that kind reads them. */
export type AskableSupplier = { adapter: Supplier; settings: SupplierLimits; setup: SupplierSetup }

const settingsOf = new WeakMap<SupplierSetup, SupplierLimits>()

/** Undefined where this program does not know the kind. */
export function askableSupplier({ suppliers }: Hub, setup: SupplierSetup): AskableSupplier | undefined {
  const adapter = suppliers.get(setup.kind)
  if (adapter === undefined) return undefined
  let settings = settingsOf.get(setup)
  if (settings === undefined) {
    settings = adapter.settings.parse(setup.settings)
    settingsOf.set(setup, settings)
  }
  return { adapter, settings, setup }
}
