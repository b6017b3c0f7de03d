import type { Hub } from '../../../hub.ts'
import { HubError, refuse } from '../../command/errors.ts'
import { ownKind } from '../../supplier/supplier-of.ts'
import type { TemplateRow } from '../../nouns/template.ts'
import type { Codes } from '../../nouns/template-terms.ts'
import type { ChosenSource } from '../code-sources.ts'
import type { Setup } from '../../set-up/snapshot.ts'
import { chooseTemplateSource } from '../template-source.ts'

/** Where codes come from, in the wire's words. */
export type ErpCodes = {
  /** sendChannelId. */
  supplierId: string
  /** sendType 2 (批导): codes come from an imported pool, whoever the supplier is. */
  pool?: string | undefined
  /** The shape of codes of our own. */
  codes?: Codes | undefined
}

/**
 * The source of a template's codes: the imported pool that it names, or its supplier's, or our own. Refuses what does
 * not exist or does not go together, naming the wire's field.
 */
export function chooseErpSource(
  setup: Setup,
  { supplierId, pool, codes }: ErpCodes,
  hub: Hub,
  now: Date,
): ChosenSource & Pick<TemplateRow, 'supplierId'> {
  const supplier = setup.suppliers.get(supplierId)
  if (supplier === undefined) {
    return refuse('setup_not_found', `sendChannelId: there is no supplier ${supplierId}`, { field: 'sendChannelId' })
  }
  const isOwn = supplier.kind === ownKind
  try {
    if (pool === undefined) return chooseTemplateSource(setup, { codes, supplierId }, hub, now)
    // Its own codes are not asked of a supplier that could make them.
    return chooseTemplateSource(setup, { codes: { pool }, supplierId: isOwn ? supplierId : null }, hub, now)
  } catch (error) {
    if (error instanceof HubError && error.field === 'supplierId') {
      return refuse(error.code, `sendChannelId: supplier ${supplierId} makes no codes`, { field: 'sendChannelId' })
    }
    throw inWireWords(error, pool === undefined ? 'codes' : 'pool')
  }
}

/** A refusal of the set-up's own under the name of a field of `templateConfig`. */
export const inWireWords = (error: unknown, name: string): unknown =>
  error instanceof HubError
    ? new HubError(error.code, `templateConfig.${name}: ${error.message}`, { field: `templateConfig.${name}` })
    : error
