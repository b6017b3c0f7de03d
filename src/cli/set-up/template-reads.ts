import { template } from '../../core/nouns/template.ts'
import type { Setup, Template } from '../../core/set-up/snapshot.ts'
import { showTime } from '../show.ts'
import { shownLimits } from './limit-lines.ts'
import { readsOf } from './noun-reads.ts'

export const templateReads = readsOf(template, {
  useTimes: (row) => row.useTimes,
  validity: (row) => showValidity(row),
  codes: (row, setup) => showCodes(row, setup),
  batchNo: (row) => row.batchNo || '-',
  ...shownLimits,
})

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
