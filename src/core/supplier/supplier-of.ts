import type { Hub } from '../../hub.ts'
import type { Supplier, SupplierLimits } from '../../suppliers/supplier.ts'
import type { Setup, SupplierSetup, Template } from '../set-up/snapshot.ts'

/** The kind of a supplier whose codes are the hub's own: it is a name for a rule to hang on, and nobody is asked. */
export const ownKind = 'own'

/** Who is asked for a template's codes; undefined where they are our own or a pool's. */
export function askedSupplierOf(setup: Setup, template: Template | undefined): SupplierSetup | undefined {
  if (template === undefined || template.supplierId === null) return undefined
  const supplier = setup.suppliers.get(template.supplierId)
  if (supplier === undefined) throw new Error(`supplier ${template.supplierId} of template ${template.id} is missing`)
  return supplier.kind === ownKind ? undefined : supplier
}

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

/** The supplier that made a coupon and knows what became of it; undefined where nobody but us does. */
export function tellerOf(hub: Hub, setup: Setup, { templateId }: { templateId: string }): string | undefined {
  const supplier = askedSupplierOf(setup, setup.templates.get(templateId))
  return supplier && hub.suppliers.get(supplier.kind)?.teller && supplier.id
}

/** Whether a template's supplier puts its coupons into the holders' own wallets. */
export function isInWallet(hub: Hub, setup: Setup, { supplierId }: Pick<Template, 'supplierId'>): boolean {
  const supplier = setup.suppliers.get(supplierId ?? '')
  return supplier !== undefined && hub.suppliers.get(supplier.kind)?.maker?.isWallet === true
}

/** The batch to which a template's coupons belong: the supplier's own where they lie in wallets, else ours. */
export const batchNoOf = (hub: Hub, setup: Setup, template: Template): string =>
  isInWallet(hub, setup, template) ? (template.settings.thirdProductId ?? '') : template.batchNo
