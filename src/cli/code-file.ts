import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import type { CodeLine } from '../core/back-office/codes/import.ts'
import { maskMiddle } from '../wire/text.ts'
import { CommandError } from './errors.ts'

/** A file of codes, as partners and spreadsheets write them. */
export type CodeFile = { path: string; column?: string; delimiter?: string; encoding?: string }

const refuseFile = (message: string): never => {
  throw new CommandError('file_unreadable', message)
}

const knownHeads = new Set([
  'code',
  'codes',
  'coupon_code',
  'couponcode',
  'coupon code',
  'card_no',
  'cardno',
  '券码',
  '券号',
  '卡券码',
  '卡号',
  '兑换码',
  '串码',
  '核销码',
])
const longestForTills = 32

/**
 * Reads a file to its end before anything of it is used: refuses what is no CSV, what is written in another encoding or
 * with another delimiter, and codes that a spreadsheet has changed. Answers how many are longer than Shoubei's tills can send.
 */
export async function checkCodeFile(file: CodeFile): Promise<{ longCodes: number }> {
  await refuseSpreadsheet(file.path)
  let longCodes = 0
  for await (const { line, code } of readCodes(file)) {
    const problem = spoiltBySpreadsheet(code)
    if (problem !== undefined) refuseFile(`Line ${line}: ${maskMiddle(code)} ${problem} Nothing was imported.`)
    if (code.length > longestForTills) longCodes += 1
  }
  return { longCodes }
}

/** The codes of a CSV file with their lines. `onBytes` hears how far the reading is. */
export async function* readCodes(file: CodeFile, onBytes: (bytes: number) => void = () => {}): AsyncIterable<CodeLine> {
  const { path, delimiter = ',' } = file
  if (delimiter.length !== 1) refuseFile(`The delimiter must be one character, not "${delimiter}".`)
  const stream = createReadStream(path)
  stream.on('data', (chunk) => onBytes(chunk.length))
  const parser = parse({
    delimiter,
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    info: true,
  })
  const text = Readable.from(decoded(stream, file.encoding ?? 'utf-8'))
  text.on('error', (error) => parser.destroy(error))
  let place: { column: number; hasHead: boolean } | undefined
  try {
    for await (const { record, info } of text.pipe(parser) as AsyncIterable<Row>) {
      const isFirst = place === undefined
      place ??= placeOf(record, file)
      if (!isFirst || !place.hasHead) yield { line: info.lines, code: record[place.column] ?? '' }
    }
  } catch (error) {
    throw readable(error)
  } finally {
    stream.destroy()
  }
}

type Row = { record: string[]; info: { lines: number } }

async function* decoded(stream: AsyncIterable<Buffer>, encoding: string): AsyncIterable<string> {
  const decoder = decoderOf(encoding)
  for await (const chunk of stream) yield decoder.decode(chunk, { stream: true })
  yield decoder.decode()
}

function decoderOf(encoding: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(encoding, { fatal: true })
  } catch {
    return refuseFile(`There is no encoding "${encoding}": for example utf-8, gbk, gb18030 or utf-16le.`)
  }
}

function readable(error: unknown): unknown {
  if (error instanceof CsvError) {
    const why = error.message.endsWith('value is "="') ? ' (="…" is a formula of a spreadsheet)' : ''
    return new CommandError('file_unreadable', `The file is no CSV that can be read: ${error.message}${why}`)
  }
  if ((error as { code?: string }).code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
    return new CommandError('file_unreadable', 'The file is written in another encoding: try --encoding gbk.')
  return error
}

const isHead = (cell: string): boolean => knownHeads.has(cell.toLowerCase())

/** In which column the codes stand, and whether the first line only says so. */
function placeOf(first: string[], { column: head }: CodeFile): { column: number; hasHead: boolean } {
  if (head !== undefined) {
    const named = first.findIndex((cell) => cell.toLowerCase() === head.toLowerCase())
    if (named >= 0) return { column: named, hasHead: true }
    return refuseFile(`The file has no column "${head}". Its first line has: ${first.join(', ')}`)
  }
  const [only = '', ...others] = first
  if (others.length > 0) {
    const heads = first.filter(isHead)
    if (heads.length === 1) return { column: first.findIndex(isHead), hasHead: true }
    return refuseFile(
      `The file has several columns: say which has the codes with --column, one of ${first.join(', ')}.`,
    )
  }
  if (isHead(only)) return { column: 0, hasHead: true }
  if (/[;\t|]/.test(only))
    refuseFile(`The first line is "${only}": say what stands between its columns with --delimiter.`)
  if (!/\d/.test(only) && /[^\x20-\x7e]|code|coupon|number/i.test(only))
    refuseFile(`The first line, "${only}", looks like a head: say so with --column "${only}", or leave it out.`)
  return { column: 0, hasHead: false }
}

function spoiltBySpreadsheet(code: string): string | undefined {
  if (/^\d(?:\.\d+)?E\+\d+$/i.test(code))
    return 'is a number that a spreadsheet has rounded: the code is lost there. Ask for the file that was not opened in it.'
  if (code.startsWith('=')) return 'is a formula of a spreadsheet: have the column written as plain text.'
  if (/^['`‘’]/.test(code)) return 'begins with the mark by which a spreadsheet keeps a text: have it left out.'
  return undefined
}

// A zip file begins so, and an older spreadsheet with the other.
const spreadsheetHeads = new Set(['504b0304', 'd0cf11e0'])

async function refuseSpreadsheet(path: string): Promise<void> {
  const file = await open(path)
  try {
    const { buffer } = await file.read({ buffer: Buffer.alloc(4) })
    if (spreadsheetHeads.has(buffer.toString('hex')))
      refuseFile('The file is a spreadsheet (.xlsx, .xls): save the column of codes as CSV, as text.')
  } finally {
    await file.close()
  }
}
