import type { SetupWrite } from '../../../db/set-up-writes.ts'
import type { Hub } from '../../../hub.ts'
import { HubError, refuse } from '../../command/errors.ts'
import { isInWallet } from '../../supplier/supplier-of.ts'
import type { SetupCore, SetupRequest } from '../act.ts'
import { pickFrom } from '../fields.ts'
import { requirePlaces } from '../template-places.ts'
import { newStockWrites } from '../stock.ts'
import { template, type TemplateRow, type TemplateSettings } from '../../nouns/template.ts'
import type { RedeemableAt, Validity } from '../../nouns/template-terms.ts'
import { newColumns } from '../../nouns/noun.ts'
import { validityColumns } from '../templates.ts'
import type { Setup, Template } from '../../set-up/snapshot.ts'
import { requireWalletShape } from '../wallet-template.ts'
import { insertByErp, type Adding, type Changing, type ErpInput, type Inserted } from './insert.ts'
import { settingsAfter } from './settings.ts'
import { chooseErpSource, inWireWords, type ErpCodes } from './template-codes.ts'
import { changeErpStock } from './template-stock.ts'

/** A template as an ERP writes it. */
export type ErpTemplate = ErpInput &
  ErpCodes & {
    /** The ERP's number of the product. */
    id: string
    name: string
    faceValueFen: number
    minOrderFen: number
    merchantBenefitFen: number
    useTimes: number
    validity: Validity
    /** Absent: wherever merchants have the brand, those that are to come too. */
    redeemableAt?: RedeemableAt | undefined
    brand: string
    batchNo: string
    /** null is unlimited, and stays so. */
    stock: number | null
    settings: TemplateSettings
  }

/**
 * 新增券模板: by the number of its product. What coupons that are out were issued with (face value, uses, where the codes
 * come from) is never changed: such an update is refused with `setup_conflict`, naming the wire's field.
 */
export const insertTemplate = (core: SetupCore, request: SetupRequest, input: ErpTemplate): Promise<Inserted> =>
  insertByErp<Template>(core, request, {
    kind: 'template',
    input,
    find: (setup) => setup.templates.get(input.id),
    add: (adding) => addTemplate(core, input, adding),
    change: (changing) => changeTemplate(core, input, changing),
  })

function addTemplate({ hub }: SetupCore, input: ErpTemplate, { setup, now, written }: Adding) {
  const { id, isActive, faceValueFen, useTimes, settings, stock } = input
  const { writes: sourceWrites, ...source } = chooseErpSource(setup, input, hub, now)
  const columns = columnsOf(hub, setup, input)
  const row = {
    ...newColumns(template, { id, faceValueFen, useTimes, ...columns }),
    ...columns,
    ...source,
    settings,
    written,
    isEnabled: isActive,
    createdAt: now,
  } as TemplateRow
  requireWalletFields(hub, setup, { ...input, supplierId: row.supplierId, redeemableAt: columns.redeemableAt })
  requireNamedPlaces(setup, input)
  const writes: SetupWrite[] = [
    ...sourceWrites,
    { table: 'templates', insert: row },
    ...newStockWrites('template', id, stock),
  ]
  return { id, after: { ...row, stock }, writes }
}

function columnsOf(hub: Hub, setup: Setup, input: ErpTemplate) {
  const { name, minOrderFen, merchantBenefitFen, validity, redeemableAt, brand, batchNo } = input
  const elsewhere: RedeemableAt = isInWallet(hub, setup, input) ? { kind: 'nowhere' } : { kind: 'brand', brand }
  return {
    name,
    minOrderFen,
    merchantBenefitFen,
    ...validityColumns(validity),
    redeemableAt: redeemableAt ?? elsewhere,
    batchNo,
  }
}

function requireWalletFields(hub: Hub, setup: Setup, template: Parameters<typeof requireWalletShape>[2]): void {
  try {
    requireWalletShape(hub, setup, template)
  } catch (error) {
    throw inWireWords(error, error instanceof HubError ? (error.field ?? '') : '')
  }
}

// A brand may get its merchants later; a place that is named has to be there.
function requireNamedPlaces(setup: Setup, { redeemableAt }: ErpTemplate): void {
  if (redeemableAt === undefined) return
  try {
    requirePlaces(setup, redeemableAt)
  } catch (error) {
    throw inWireWords(error, 'redeemableAt')
  }
}

async function changeTemplate({ hub }: SetupCore, input: ErpTemplate, changing: Changing<Template>) {
  const { setup, row, now, tx, before, written, isEnabled } = changing
  const source = chooseErpSource(setup, input, hub, now)
  requireSame(row.faceValueFen === input.faceValueFen, 'faceValue', row)
  requireSame(row.useTimes === input.useTimes, 'templateConfig.useTimes', row)
  requireSame(source.sourceId === row.sourceId && source.supplierId === row.supplierId, 'sendChannelId', row)
  requireNamedPlaces(setup, input)
  await changeErpStock(tx, setup, row.id, before.fields['templateConfig'], input.stock)
  const settings = settingsAfter(row.settings, settingsSaid(before.fields), input.settings)
  const changes = { ...columnsOf(hub, setup, input), settings, written, isEnabled }
  requireWalletFields(hub, setup, { ...row, ...changes })
  const writes: SetupWrite[] = [{ table: 'templates', update: changes, where: { id: row.id } }]
  return { before: pickFrom(row, changes), after: changes, writes }
}

// The type of ticket is a setting here, and a field of its own on the wire.
const settingsSaid = ({ ticketType, templateConfig }: Record<string, unknown>): object => ({
  ...(templateConfig as object | undefined),
  ticketType,
})

function requireSame(isSame: boolean, field: string, { id }: Template): void {
  if (isSame) return
  const words = `${field}: coupons of template ${id} are issued with what it was set up with: insert another one`
  refuse('setup_conflict', words, { field })
}
