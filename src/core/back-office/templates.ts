import { z } from 'zod'
import type { TemplateRow } from '../../db/set-up.ts'
import type { SetupWrite } from '../../db/set-up-writes.ts'
import { dateField, idField, nameField, stockField } from '../../read/fields.ts'
import { refuse } from '../command/errors.ts'
import type { Operator } from '../command/command.ts'
import { actOnSetup, type SetupCore } from './act.ts'
import { codesSchema } from './code-sources.ts'
import {
  given,
  limitFields,
  newLimitFields,
  parseInput,
  pickFrom,
  requireChanges,
  requireFound,
  requireFree,
} from './fields.ts'
import { redeemableAtSchema, templateSettingsSchema } from '../set-up/settings.ts'
import { newStockWrites } from './stock.ts'
import { requirePlaces } from './template-places.ts'
import type { Template } from '../set-up/snapshot.ts'
import { chooseTemplateSource } from './template-source.ts'
import { requireWalletShape } from './wallet-template.ts'

const fenField = z.int('must be a whole number of fen').min(0).max(1_000_000_000_000)
const benefitField = fenField
const batchNoField = z.union([idField(), z.literal('')])

/** A time that runs from the issue, or an absolute window (its end is the first instant at which it is over). */
export const validitySchema = z.union([
  z.strictObject({ forSeconds: z.int().min(1).max(10_000_000_000) }),
  z.strictObject({ from: dateField, until: dateField }),
])

const addSchema = z.strictObject({
  id: idField(),
  name: nameField.optional(),
  faceValueFen: fenField.min(1, 'must be more than 0'),
  minOrderFen: fenField.default(0),
  merchantBenefitFen: benefitField.default(0),
  useTimes: z.int().min(1).max(1000).default(1),
  validity: validitySchema,
  redeemableAt: redeemableAtSchema.default({ kind: 'nowhere' }),
  isStockReturned: z.boolean().default(true),
  batchNo: batchNoField.default(''),
  ...newLimitFields,
  /** null is unlimited, and stays so. */
  stock: stockField,
  /** Absent: those of the supplier, or 16 digits of our own where no supplier makes them. */
  codes: codesSchema.optional(),
  supplierId: idField().nullable().default(null),
  settings: templateSettingsSchema.default({}),
})
export type TemplateInput = z.input<typeof addSchema>

/** Adds a template (its id is the Lakala wire's promotion_id: at most 32 characters there), and what its codes need. */
export function addTemplate(core: SetupCore, operator: Operator, input: TemplateInput): Promise<TemplateRow> {
  const { stock, codes, validity, ...template } = parseInput(addSchema, input)
  return actOnSetup(core, operator, {
    act: 'template.add',
    subjectKind: 'template',
    decide: (setup, now) => {
      const { id } = template
      requireFree(setup.templates.get(id), 'template', id)
      const { writes: sourceWrites, ...source } = chooseTemplateSource(
        setup,
        { codes, supplierId: template.supplierId },
        core.hub,
        now,
      )
      const rest = { name: template.name ?? id, written: null, isEnabled: true, createdAt: now }
      const row = { ...template, ...source, ...validityColumns(validity), ...rest }
      checkTemplate(row)
      requireWalletShape(core.hub, setup, row)
      requirePlaces(setup, template.redeemableAt)
      const writes: SetupWrite[] = [
        ...sourceWrites,
        { table: 'templates', insert: row },
        ...newStockWrites('template', id, stock),
      ]
      return { subjectId: id, before: null, after: { ...row, stock, codes }, writes, result: row }
    },
  })
}

// Not the face value, how often it may be used, nor its codes: coupons that are out were issued with these.
const updateSchema = z
  .strictObject({
    id: idField(),
    name: nameField,
    minOrderFen: fenField,
    merchantBenefitFen: benefitField,
    validity: validitySchema,
    redeemableAt: redeemableAtSchema,
    isStockReturned: z.boolean(),
    batchNo: batchNoField,
    ...limitFields,
    /** Those that are given; one given as `undefined` is no longer set. */
    settings: templateSettingsSchema,
  })
  .partial()
  .required({ id: true })
export type TemplateUpdate = z.input<typeof updateSchema>

/**
 * Changes what is given. Validity counts for coupons issued from now on; where a coupon may be redeemed and the order
 * that it needs count for those that are out, too.
 */
export function updateTemplate(core: SetupCore, operator: Operator, input: TemplateUpdate): Promise<TemplateRow> {
  const { id, validity, settings, ...rest } = parseInput(updateSchema, input)
  return actOnSetup(core, operator, {
    act: 'template.update',
    subjectKind: 'template',
    decide: (setup) => {
      const row = requireFound(setup.templates.get(id), 'template', id)
      const changes = given({
        ...rest,
        ...(validity === undefined ? {} : validityColumns(validity)),
        settings: settings && { ...row.settings, ...settings },
      })
      requireChanges(changes)
      const result = { ...row, ...changes } as Template
      checkTemplate(result)
      requireWalletShape(core.hub, setup, result)
      if (rest.redeemableAt !== undefined) requirePlaces(setup, rest.redeemableAt)
      const writes: SetupWrite[] = [{ table: 'templates', update: changes, where: { id } }]
      return { subjectId: id, before: pickFrom(row, changes), after: changes, writes, result }
    },
  })
}

export const validityColumns = (
  validity: z.output<typeof validitySchema>,
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
