import type { Setup, Template } from '../../core/set-up/snapshot.ts'
import { showFlag, showPlace, showTime, showYuan } from '../show.ts'
import { limitFields } from './limit-options.ts'
import type { Reads } from './reads.ts'
import { showWritten } from './written.ts'

export const templateReads: Reads<Template> = {
  kind: 'template',
  plural: 'templates',
  args: '<id>',
  rows: (setup) => [...setup.templates.values()],
  idOf: (row) => row.id,
  head: ['id', 'name', 'face value', 'valid', 'redeemable at', 'enabled'],
  cells: (row) => [
    row.id,
    row.name,
    showYuan(row.faceValueFen),
    showValidity(row),
    showPlace(row.redeemableAt),
    showFlag(row.isEnabled),
  ],
  fields: (row, setup) => ({
    id: row.id,
    name: row.name,
    enabled: showFlag(row.isEnabled),
    'face value': showYuan(row.faceValueFen),
    'least order': showYuan(row.minOrderFen),
    'merchant bears': showYuan(row.merchantBenefitFen),
    'use times': row.useTimes,
    valid: showValidity(row),
    'redeemable at': showPlace(row.redeemableAt),
    codes: showCodes(row, setup),
    supplier: row.supplierId ?? undefined,
    'ticket type': row.settings.ticketType,
    'verify notify url': row.settings.verifyNotifyUrl,
    'message text': row.settings.messageText,
    "supplier's product": row.settings.thirdProductId,
    prints: row.settings.print && JSON.stringify(row.settings.print),
    'stock returns': showFlag(row.isStockReturned),
    'batch no': row.batchNo || '-',
    ...limitFields(row),
    added: showTime(row.createdAt),
    ...showWritten(row.written),
  }),
}

function showValidity({ validForSeconds, validFrom, validUntil }: Template): string {
  if (validForSeconds === null) return `${showTime(validFrom)} until ${showTime(validUntil)}`
  const isWholeDays = validForSeconds % 86_400 === 0
  return isWholeDays ? `${validForSeconds / 86_400} days from its issue` : `${validForSeconds} s from its issue`
}

function showCodes({ sourceId }: Template, setup: Setup): string {
  const source = setup.codeSources.get(sourceId)
  if (source === undefined) return '-'
  return source.kind === 'pool' ? `pool ${source.name}` : `${source.length} characters of ${source.alphabet}`
}
