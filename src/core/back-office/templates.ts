import { refuse } from '../command/errors.ts'
import type { Operator } from '../command/command.ts'
import { template, type TemplateInput, type TemplateRow, type TemplateUpdate } from '../nouns/template.ts'
import type { Codes, Validity } from '../nouns/template-terms.ts'
import type { SetupCore } from './act.ts'
import { addDescribed, updateDescribed } from './described.ts'
import { newStockWrites } from './stock.ts'
import { requirePlaces } from './template-places.ts'
import { chooseTemplateSource } from './template-source.ts'
import { requireWalletShape } from './wallet-template.ts'

type Apart = { stock: number | null; codes?: Codes; validity: Validity }

/** Adds a template (its id is the Lakala wire's promotion_id: at most 32 characters there), and what its codes need. */
export const addTemplate = (core: SetupCore, operator: Operator, input: TemplateInput): Promise<TemplateRow> =>
  addDescribed(core, operator, template, input, ({ setup, now, row, apart }) => {
    const { stock, codes, validity } = apart as Apart
    const { supplierId } = row
    const { writes: first, ...source } = chooseTemplateSource(setup, { codes, supplierId }, core.hub, now)
    const columns = { ...source, ...validityColumns(validity) }
    checkTemplate({ ...row, ...columns })
    requireWalletShape(core.hub, setup, row)
    requirePlaces(setup, row.redeemableAt)
    return { columns, first, after: { stock, codes }, writes: newStockWrites('template', row.id, stock) }
  })

/**
 * Changes what is given, but not the face value, how often it may be used, nor its codes: coupons that are out were issued
 * with these. Validity counts for coupons issued from now on; where a coupon may be redeemed and the order that it needs
 * count for those that are out, too.
 */
export const updateTemplate = (core: SetupCore, operator: Operator, input: TemplateUpdate): Promise<TemplateRow> =>
  updateDescribed(
    core,
    operator,
    template,
    input,
    ({ setup, row }) => {
      checkTemplate(row)
      requireWalletShape(core.hub, setup, row)
      if (input.redeemableAt !== undefined) requirePlaces(setup, row.redeemableAt)
    },
    ({ validity, ...columns }) => ({
      ...columns,
      ...(validity === undefined ? {} : validityColumns(validity as Validity)),
    }),
  )

export const validityColumns = (
  validity: Validity,
): Pick<TemplateRow, 'validFrom' | 'validUntil' | 'validForSeconds'> =>
  'forSeconds' in validity
    ? { validFrom: null, validUntil: null, validForSeconds: validity.forSeconds }
    : { validFrom: validity.from, validUntil: validity.until, validForSeconds: null }

export function checkTemplate(
  row: Pick<TemplateRow, 'merchantBenefitFen' | 'faceValueFen' | 'validFrom' | 'validUntil'>,
): void {
  if (row.merchantBenefitFen > row.faceValueFen) {
    refuse('bad_request', 'merchantBenefitFen: the merchant bears at most the face value', {
      field: 'merchantBenefitFen',
    })
  }
  if (row.validFrom !== null && row.validUntil !== null && row.validFrom >= row.validUntil) {
    refuse('bad_request', 'validity: it ends after it starts', { field: 'validity' })
  }
}
