import type { Command } from 'commander'
import { given } from '../../core/back-office/fields.ts'
import type { RedeemableAt } from '../../core/set-up/settings.ts'
import { addTemplate, updateTemplate, type TemplateInput } from '../../core/back-office/templates.ts'
import { CommandError, exitCodes } from '../errors.ts'
import type { CommandContext } from '../context.ts'
import type { Report } from '../output.ts'
import { duration, orNull, redeemableAt, stock, time, whole, yuan } from '../parse.ts'
import type { Run } from '../run.ts'
import { addLimits, limitsFrom, stockFields, type LimitOptions } from './limit-options.ts'
import { addReads } from './reads.ts'
import { addStock } from './stock-command.ts'
import { addSwitches } from './switches.ts'
import { templateReads } from './template-reads.ts'
import { addTemplateSettings, templateSettingsFrom, type TemplateSettingsOptions } from './template-settings.ts'

type SharedOptions = LimitOptions & {
  name?: string
  validDays?: number
  validFor?: number
  validFrom?: Date
  validUntil?: Date
  redeemableAt?: RedeemableAt
  minOrder?: number
  merchantBenefit?: number
  batchNo?: string
  stockReturn?: boolean
} & TemplateSettingsOptions
type AddOptions = SharedOptions & {
  faceValue: number
  stock: number | 'unlimited'
  useTimes?: number
  codeLength?: number
  codeAlphabet?: string
  pool?: string
  supplier?: string
}

export function registerTemplate(program: Command, run: Run): void {
  const group = program.command('template').description('templates: what a coupon is worth, where and how long')
  const add = group.command('add <id>').description('add a template (Lakala: its promotion_id, at most 32 characters)')
  addShared(add)
    .requiredOption('--face-value <yuan>', 'what it takes off, in yuan: 30.00 (fixed once it is added)', yuan)
    .requiredOption('--stock <n>', 'how many coupons, or unlimited (which stays so)', stock)
    .option('--use-times <n>', 'how often a coupon may be used (default 1; Lakala: 1 only)', whole(1, 1000))
    .option('--code-length <n>', 'characters of a code (default 16)', whole(1, 32))
    .option('--code-alphabet <characters>', 'digits (the default), readable, or the characters themselves')
    .option('--pool <name>', 'codes of a pool of imported ones instead')
    .option('--supplier <id>', 'codes that a supplier makes')
    .action(run.onHub((context, options: AddOptions, id) => addOne(context, id, options)))
  addShared(
    group.command('update <id>').description('change what is given; validity counts for new coupons only'),
  ).action(run.onHub((context, options: SharedOptions, id) => updateOne(context, id, options)))
  addStock(group, run, 'template')
  addReads(group, run, templateReads, (context, row) => stockFields(context, 'template', row.id))
  addSwitches(group, run, 'template', '<id>')
}

const addShared = (command: Command): Command =>
  addTemplateSettings(
    addLimits(command)
      .option('--name <name>', 'what people call it (when added: the id)')
      .option('--valid-days <n>', 'valid for n × 24 hours from its issue', whole(1, 100_000))
      .option('--valid-for <time>', 'valid for so long from its issue: 20s, 30m, 12h, 30d', duration)
      .option('--valid-from <time>', 'valid from then on, Asia/Shanghai (with --valid-until)', time)
      .option('--valid-until <time>', 'the first instant at which it is no longer valid', time)
      .option(
        '--redeemable-at <where>',
        'everywhere, nowhere (the default), acceptors=A,B, brand=X, merchants=A:M1,M2, shops=A:S1',
        redeemableAt,
      )
      .option('--min-order <yuan>', 'the least amount of the order (满减)', yuan)
      .option('--merchant-benefit <yuan>', 'the part of the face value that the merchant bears', yuan)
      .option('--batch-no <no>', 'the batch number that partners are told')
      .option('--stock-return', 'put the stock of a voided coupon of own codes back (the default)')
      .option('--no-stock-return', 'keep the stock of a voided coupon taken'),
  )

async function addOne(context: CommandContext, id: string, options: AddOptions): Promise<Report> {
  const validity = validityFrom(options)
  if (validity === undefined)
    throw usage('Say how long it is valid: --valid-days, --valid-for, or --valid-from and --valid-until.')
  const { faceValue: faceValueFen, useTimes, supplier: supplierId } = options
  const stock = orNull(options.stock)
  const codes = codesFrom(options)
  const input: TemplateInput = {
    id,
    faceValueFen,
    stock,
    validity,
    ...given({ useTimes, codes, supplierId }),
    ...sharedFrom(options),
    ...templateSettingsFrom(context, options),
  }
  const row = await addTemplate(await context.core(), context.operator, input)
  return { value: row, lines: [`Template ${id} is added. Next: quanhub activity add-template ACTIVITY ${id}`] }
}

async function updateOne(context: CommandContext, id: string, options: SharedOptions): Promise<Report> {
  const changes = { ...given({ validity: validityFrom(options) }), ...sharedFrom(options) }
  const input = { id, ...changes, ...templateSettingsFrom(context, options) }
  const row = await updateTemplate(await context.core(), context.operator, input)
  return { value: row, lines: [`Template ${id} is changed.`] }
}

const sharedFrom = (options: SharedOptions) => ({
  ...given({
    name: options.name,
    redeemableAt: options.redeemableAt,
    minOrderFen: options.minOrder,
    merchantBenefitFen: options.merchantBenefit,
    batchNo: options.batchNo,
    isStockReturned: options.stockReturn,
  }),
  ...limitsFrom(options),
})

function validityFrom({ validDays, validFor, validFrom: from, validUntil: until }: SharedOptions) {
  const ways = [validDays, validFor, from ?? until].filter((way) => way !== undefined)
  if (ways.length > 1) throw usage('Give one of --valid-days, --valid-for, or --valid-from with --valid-until.')
  if (validDays !== undefined) return { forSeconds: validDays * 86_400 }
  if (validFor !== undefined) return { forSeconds: validFor }
  if (from === undefined && until === undefined) return undefined
  if (from === undefined || until === undefined) throw usage('--valid-from and --valid-until go together.')
  return { from, until }
}

function codesFrom({
  codeLength: length,
  codeAlphabet: alphabet,
  pool,
}: AddOptions): TemplateInput['codes'] | undefined {
  if (pool === undefined)
    return length === undefined && alphabet === undefined ? undefined : given({ length, alphabet })
  if (length === undefined && alphabet === undefined) return { pool }
  throw usage('Codes of a pool are as they were imported: leave out --code-length and --code-alphabet.')
}

const usage = (message: string): CommandError => new CommandError('usage', message, exitCodes.usage)
