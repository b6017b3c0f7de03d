import type { Command } from 'commander'
import { generateCodes, type GenerateInput } from '../core/back-office/codes/generate.ts'
import { listSources, type SourceState } from '../core/back-office/codes/list-sources.ts'
import { given } from '../core/back-office/fields.ts'
import { addPool } from '../core/back-office/code-sources.ts'
import type { CommandContext } from './context.ts'
import { registerImport } from './codes-import.ts'
import { writeLines } from './files.ts'
import { addPaging } from './options.ts'
import type { Report } from './output.ts'
import { whole } from './parse.ts'
import type { Run } from './run.ts'
import { pageOf, reportPage, type PageOptions } from './show.ts'

type GenerateOptions = { length?: number; alphabet?: string; count: number; out: string }

export function registerCodes(program: Command, run: Run): void {
  const group = program
    .command('codes')
    .description('where codes come from: spaces of own codes, pools of imported ones')
  group
    .command('add-pool <name>')
    .description('make an empty pool')
    .action(run.onHub((context, _: unknown, name) => addOne(context, name)))
  registerImport(group, run)
  group
    .command('generate')
    .description('write random new codes to a file, for a pool: they count when they are imported')
    .requiredOption('--count <n>', 'how many', whole(1, 100_000_000))
    .requiredOption('--out <file>', 'the file, which must not exist yet')
    .option('--length <n>', 'characters of a code (default 16)', whole(1, 64))
    .option('--alphabet <characters>', 'digits (the default), readable, or the characters themselves')
    .action(run.onHub(generate))
  addPaging(group.command('list').description('list spaces and pools, and how many codes are left')).action(
    run.onHub(listAll),
  )
}

async function addOne(context: CommandContext, name: string): Promise<Report> {
  const { id } = await addPool(await context.core(), context.operator, { name })
  return { value: { id, name }, lines: [`Pool ${name} is made. Next: quanhub codes import FILE.csv --pool ${name}`] }
}

async function generate(context: CommandContext, { out, ...options }: GenerateOptions): Promise<Report> {
  const { length, alphabet, count } = options
  const input: GenerateInput = { count, ...given({ length, alphabet }) }
  const codes = await generateCodes(await context.core(), input)
  const bar = context.output.progress(count, 'codes')
  await writeLines(
    context.resolvePath(out),
    withHead(codes, () => bar.add(1)),
    context.signal,
  ).finally(() => bar.stop())
  const lines = [`Wrote ${count} codes to ${out}. They are secrets: keep the file as you would the coupons.`]
  return { value: { file: out, count }, lines }
}

function* withHead(codes: Iterable<string>, onCode: () => void): Iterable<string> {
  yield 'code'
  for (const code of codes) {
    onCode()
    yield code
  }
}

async function listAll(context: CommandContext, options: PageOptions): Promise<Report> {
  const sources = await listSources(await context.core())
  const page = pageOf(sources, (source) => source.name, options)
  return reportPage(page, ['name', 'kind', 'codes', 'total', 'given out', 'reserved', 'left'], cellsOf)
}

const cellsOf = ({ name, kind, length, alphabet, total, givenOut, reserved, left }: SourceState): string[] => {
  const shape = length === null ? 'imported' : `${length} of ${alphabet}`
  return [name, kind, shape, String(total), String(givenOut), String(reserved), String(left)]
}
