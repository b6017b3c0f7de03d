import type { Hub } from '../../hub.ts'
import { refuse } from '../command/errors.ts'
import type { TemplateRow } from '../nouns/template.ts'
import { codesSchema, type Codes } from '../nouns/template-terms.ts'
import { ownKind } from '../supplier/supplier-of.ts'
import { chooseCodeSource, type ChosenSource } from './code-sources.ts'
import { requireFound } from './fields.ts'
import type { Setup } from '../set-up/snapshot.ts'

export type TemplateCodes = { codes?: Codes | undefined; supplierId?: string | null | undefined }

/**
 * Where a template's codes come from, with what makes it: the pool of the supplier that makes them, else what `codes`
 * says (16 digits of our own where it says nothing). Refuses codes of another source for a supplier that makes its own, and
 * a supplier that makes none.
 */
export function chooseTemplateSource(
  setup: Setup,
  { codes, supplierId = null }: TemplateCodes,
  { keyring, suppliers }: Hub,
  now: Date,
): ChosenSource & Pick<TemplateRow, 'supplierId'> {
  const supplier =
    supplierId === null ? undefined : requireFound(setup.suppliers.get(supplierId), 'supplier', supplierId)
  if (supplier === undefined || supplier.kind === ownKind) {
    return { ...chooseCodeSource(setup, codes ?? codesSchema.parse({}), keyring, now), supplierId }
  }
  if (suppliers.get(supplier.kind)?.maker === undefined) {
    refuse('bad_request', `supplierId: supplier ${supplier.id} makes no codes`, { field: 'supplierId' })
  }
  if (codes !== undefined) {
    refuse('bad_request', `codes: supplier ${supplier.id} makes the codes: say nothing of them`, { field: 'codes' })
  }
  return { sourceId: supplier.sourceId, writes: [], supplierId }
}
