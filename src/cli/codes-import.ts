import { createReadStream, createWriteStream, type WriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { once } from 'node:events'
import type { Command } from 'commander'
import { parse } from 'csv-parse'
import { importCodes, type CodeLine, type ImportResult, type RefusedCode } from '../core/back-office/codes/import.ts'
import { maskMiddle } from '../wire/text.ts'
import type { CommandContext } from './context.ts'
import { CommandError, exitCodes } from './errors.ts'
import type { Report } from './output.ts'
import type { Run } from './run.ts'

type ImportOptions = { pool: string; dryRun?: boolean }

export function registerImport(group: Command, run: Run): void {
  group
    .command('import <file>')
    .description('import codes into a pool from a CSV file: a column "code", or one column')
    .requiredOption('--pool <name>', 'the pool (quanhub codes add-pool makes one)')
    .option('--dry-run', 'say what would happen, and change nothing')
    .addHelpText(
      'after',
      [
        '',
        'Codes are taken a thousand at a time. When the import is cut off, run it again: what the pool has already is',
        'counted as present. What is refused stands in FILE.errors.csv with its line, the masked code and the reason,',
        'and the exit code is 1 then.',
      ].join('\n'),
    )
    .action(run.onHub((context, options: ImportOptions, file) => importFile(context, file, options)))
}

async function importFile(context: CommandContext, file: string, { pool, dryRun }: ImportOptions): Promise<Report> {
  const path = context.resolvePath(file)
  const { size } = await stat(path).catch((error: Error) => {
    throw new CommandError('file_unreadable', `The file ${file} cannot be read: ${error.message}`)
  })
  const core = await context.core()
  const bar = context.output.progress(size, dryRun === true ? 'checking' : 'importing')
  const errors = createErrorFile(`${path}.errors.csv`)
  try {
    await errors.clear()
    const result = await importCodes(core, context.operator, {
      pool,
      lines: readCodes(path, (bytes) => bar.add(bytes)),
      from: file,
      isDryRun: dryRun === true,
      signal: context.signal,
      onRefused: errors.add,
    })
    return reportOf(result, file, pool, dryRun === true)
  } finally {
    bar.stop()
    await errors.close()
  }
}

function reportOf(result: ImportResult, file: string, pool: string, isDryRun: boolean): Report {
  const { lines, imported, present, refused } = result
  const verb = isDryRun ? 'would be imported' : 'were imported'
  const words = [
    `Of ${lines} codes ${imported} ${verb} into pool ${pool}, ${present} were there before, ${refused} are refused.`,
  ]
  const errorFile = refused > 0 ? `${file}.errors.csv` : null
  if (errorFile !== null) words.push(`What is refused, and why: ${errorFile}`)
  const exitCode = refused > 0 ? exitCodes.failed : exitCodes.done
  return { value: { ...result, pool, isDryRun, errorFile }, lines: words, exitCode }
}

/** The codes of a CSV file: of its column `code`, or of its only column. `onBytes` hears how far the reading is. */
async function* readCodes(path: string, onBytes: (bytes: number) => void): AsyncIterable<CodeLine> {
  const stream = createReadStream(path)
  const parser = parse({ bom: true, trim: true, skip_empty_lines: true, relax_column_count: true, info: true })
  stream.on('data', (chunk) => onBytes(chunk.length))
  stream.on('error', (error) => parser.destroy(error))
  let column: number | undefined
  try {
    for await (const { record, info } of stream.pipe(parser) as AsyncIterable<{
      record: string[]
      info: { lines: number }
    }>) {
      const isFirst = column === undefined
      column ??= columnOf(record)
      if (!(isFirst && record[column]?.toLowerCase() === 'code')) yield { line: info.lines, code: record[column] ?? '' }
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_')) {
      throw new CommandError('file_unreadable', `The file is no CSV that can be read: ${error.message}`)
    }
    throw error
  } finally {
    stream.destroy()
  }
}

function columnOf(first: string[]): number {
  const named = first.findIndex((cell) => cell.toLowerCase() === 'code')
  if (named >= 0) return named
  if (first.length === 1) return 0
  throw new CommandError(
    'file_unreadable',
    'The file has several columns: call the one with the codes "code" in the first line.',
  )
}

type ErrorFile = {
  clear: () => Promise<void>
  add: (refused: RefusedCode) => Promise<void>
  close: () => Promise<void>
}

// Made when there is something to say; one of an earlier run would mislead.
function createErrorFile(path: string): ErrorFile {
  let stream: WriteStream | undefined
  const openStream = (): WriteStream => {
    const opened = createWriteStream(path, { mode: 0o600 })
    opened.write('line,code,reason\n')
    return opened
  }
  return {
    clear: () => rm(path, { force: true }),
    add: async ({ line, code, reason }) => {
      stream ??= openStream()
      if (!stream.write(`${line},${quote(maskMiddle(code))},${quote(reason)}\n`)) await once(stream, 'drain')
    },
    close: async () => {
      if (stream === undefined) return
      stream.end()
      await once(stream, 'close')
    },
  }
}

const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`
