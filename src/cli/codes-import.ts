import { createWriteStream, type WriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { once } from 'node:events'
import type { Command } from 'commander'
import { importCodes, type ImportResult, type RefusedCode } from '../core/back-office/codes/import.ts'
import { maskMiddle } from '../wire/text.ts'
import { checkCodeFile, readCodes, type CodeFile } from './code-file.ts'
import type { CommandContext } from './context.ts'
import { CommandError, exitCodes } from './errors.ts'
import type { Report } from './output.ts'
import type { Run } from './run.ts'

type ImportOptions = { pool: string; dryRun?: boolean } & Omit<CodeFile, 'path'>

export function registerImport(group: Command, run: Run): void {
  group
    .command('import <file>')
    .description('import codes into a pool from a CSV file: a column "code", or one column')
    .requiredOption('--pool <name>', 'the pool (quanhub codes add-pool makes one)')
    .option(
      '--column <head>',
      'the column that has the codes, by its head (default: the one column, or one called code, 券码 …)',
    )
    .option('--delimiter <character>', 'what stands between columns (default: a comma)')
    .option('--encoding <name>', 'how the file is written: utf-8 (default), gbk …')
    .option('--dry-run', 'say what would happen, and change nothing')
    .addHelpText(
      'after',
      [
        '',
        'The file is read to its end before anything is written: one that a spreadsheet has changed (1.23E+15, ="…",',
        'a leading apostrophe), or that cannot be read to its end, is refused.',
        'Codes are taken a thousand at a time. When the import is cut off, run it again: what the pool has already is',
        'counted as present. What is refused stands in FILE.errors.csv with its line, the masked code and the reason,',
        'and the exit code is 1 then.',
      ].join('\n'),
    )
    .action(run.onHub((context, options: ImportOptions, file) => importFile(context, file, options)))
}

async function importFile(
  context: CommandContext,
  file: string,
  { pool, dryRun, ...how }: ImportOptions,
): Promise<Report> {
  const path = context.resolvePath(file)
  const { size } = await stat(path).catch((error: Error) => {
    throw new CommandError('file_unreadable', `The file ${file} cannot be read: ${error.message}`)
  })
  const source = { ...how, path }
  const { longCodes } = await checkCodeFile(source)
  const core = await context.core()
  const bar = context.output.progress(size, dryRun === true ? 'checking' : 'importing')
  const errors = createErrorFile(`${path}.errors.csv`)
  try {
    await errors.clear()
    const result = await importCodes(core, context.operator, {
      pool,
      lines: readCodes(source, (bytes) => bar.add(bytes)),
      from: file,
      isDryRun: dryRun === true,
      signal: context.signal,
      onRefused: errors.add,
    })
    const report = reportOf(result, file, pool, dryRun === true)
    return { ...report, value: { ...report.value, longCodes }, lines: [...report.lines, ...warnings(longCodes)] }
  } finally {
    bar.stop()
    await errors.close()
  }
}

// Shoubei's tills send 32 characters at most.
const warnings = (longCodes: number): string[] =>
  longCodes === 0
    ? []
    : [`${longCodes} of them have more than 32 characters: no till of Shoubei’s wire can send those.`]

function reportOf(result: ImportResult, file: string, pool: string, isDryRun: boolean) {
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
