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
