import { parse } from 'csv-parse'
import { parseYuan } from '../../wire/amount.ts'
import { parseRfc3339, parseShanghaiDateTime } from '../../time/shanghai.ts'
import type { StatementRow } from '../supplier.ts'

// The documents describe these files in words. So columns are found by what they are called, in whatever order, with
// unit or without; those that are not known are passed over, and so is what is no line of a coupon, such as totals.
const names = {
  code: ['优惠ID', '代金券ID', '优惠券ID', '券ID'],
  at: ['退款时间', '消耗时间', '核销时间', '使用时间'],
  reference: ['支付单号', '微信支付订单号', '微信支付单号'],
  merchantNo: ['消耗商户号', '核销商户号'],
  discount: ['优惠金额'],
  amount: ['订单总金额', '订单金额'],
}
type Column = keyof typeof names
type Columns = Partial<Record<Column, number>>
type Cells = Partial<Record<Column, string>>

/** Reads the file of a stock's uses or refunds; a text says what is wrong with it. */
export async function readStatementFile(text: string): Promise<StatementRow[] | string> {
  const options = { bom: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true }
  const rows: StatementRow[] = []
  let columns: Columns | undefined
  try {
    for await (const record of parse(text, options)) {
      const cells = (record as string[]).map(withoutBacktick)
      if (columns === undefined) {
        columns = readHead(cells)
        continue
      }
      const row = readRow(pick(cells, columns))
      if (row === 'unreadable') return `The statement has a coupon at no time, in row ${rows.length + 1}.`
      if (row !== undefined) rows.push(row)
    }
  } catch {
    return 'The statement is no CSV.'
  }
  return columns === undefined ? 'The statement has no head with 优惠ID and 消耗时间.' : rows
}

// Spreadsheets are kept from taking long numbers for amounts by a backtick.
const withoutBacktick = (cell: string): string => cell.trim().replace(/^`/, '').trim()

const plainName = (name: string): string =>
  name
    .replace(/[(（].*$/, '')
    .trim()
    .toUpperCase()

function readHead(cells: readonly string[]): Columns | undefined {
  const given = cells.map(plainName)
  const found = Object.entries(names).flatMap(([column, known]) => {
    const at = known.map((name) => given.indexOf(name)).find((index) => index >= 0)
    return at === undefined ? [] : [[column, at] as const]
  })
  const columns: Columns = Object.fromEntries(found)
  return columns.code === undefined || columns.at === undefined ? undefined : columns
}

const pick = (cells: readonly string[], columns: Columns): Cells =>
  Object.fromEntries(Object.entries(columns).map(([column, at]) => [column, cells[at] ?? '']))

function readRow({ code = '', at = '', reference, merchantNo, discount, amount }: Cells) {
  if (!/^[0-9A-Za-z]{1,64}$/.test(code)) return undefined
  const time = parseShanghaiDateTime(at) ?? parseRfc3339(at)
  if (time === undefined) return 'unreadable' as const
  return {
    code,
    at: time,
    ...(reference ? { reference } : {}),
    ...(merchantNo ? { merchantNo } : {}),
    ...amountsOf(amount, discount),
  }
}

function amountsOf(amount = '', discount = ''): Pick<StatementRow, 'amountFen' | 'realAmountFen'> {
  const [amountFen, discountFen] = [parseYuan(amount), parseYuan(discount)]
  if (amountFen === undefined) return {}
  const isKnown = discountFen !== undefined && discountFen <= amountFen
  return { amountFen, ...(isKnown ? { realAmountFen: amountFen - discountFen } : {}) }
}
