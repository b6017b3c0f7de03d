import type { Command } from 'commander'
import type { Core } from '../core/core.ts'
import { makeNumber } from '../core/numbers/numbers.ts'
import { auditRow, type Operator } from '../core/command/command.ts'
import { insertAudit } from '../db/audit.ts'
import { openStatementSender } from '../http-out/ways-out.ts'
import { differenceWords, type ReconcileDifference } from '../asking/statements/compare.ts'
import { reconcile, type Reconciled } from '../asking/statements/reconcile.ts'
import { dayOf } from '../time/shanghai.ts'
import type { CommandContext } from './context.ts'
import { CommandError, exitCodes } from './errors.ts'
import type { Report } from './output.ts'
import { day } from './parse.ts'
import { counted, showTime, showYuan } from './show.ts'
import type { Run } from './run.ts'

type ReconcileCommandOptions = { date: string; supplier?: string; record?: boolean; reason?: string }

const wechatPay = 'wechat-pay'

export function registerReconcile(program: Command, run: Run): void {
  const group = program.command('reconcile').description('compare suppliers’ own books with what the hub has')
  group
    .command('wechat')
    .description('compare what WeChat Pay says was used and refunded on a day with our redemptions')
    .requiredOption('--date <day>', 'which day, in Asia/Shanghai: 2026-12-01', day)
    .option('--supplier <id>', 'of one supplier; all of WeChat Pay’s otherwise')
    .option('--record', 'write down the uses that are missing here, as if WeChat Pay had told them')
    .addHelpText('after', '\nNames each difference and exits with 1 where there is one.')
    .action(run.onHub(reconcileWechat))
}

async function reconcileWechat(context: CommandContext, options: ReconcileCommandOptions): Promise<Report> {
  const isRecording = options.record === true
  if (isRecording && options.reason === undefined) {
    throw new CommandError('usage', 'Say why, for the audit: --reason "…"', exitCodes.usage)
  }
  const core = await context.core()
  if (options.date > dayOf(core.hub.now())) {
    throw new CommandError('usage', `${options.date} has not begun: nothing can be compared.`, exitCodes.usage)
  }
  const ids = suppliersOf(core, options.supplier)
  const sender = openStatementSender(core.hub)
  const results: Reconciled[] = []
  try {
    const asked = { day: options.date, isRecording, send: sender.send, signal: context.signal }
    for (const id of ids) {
      const result = await reconcile(core, id, asked)
      if (result.recorded > 0) await writeAudit(core, context.operator, result)
      results.push(result)
    }
  } finally {
    await sender.close()
  }
  return reportOf(results)
}

function suppliersOf(core: Core, id: string | undefined): string[] {
  const found = [...core.setup.current().suppliers.values()].filter(
    (supplier) => supplier.kind === wechatPay && supplier.id === (id ?? supplier.id),
  )
  if (found.length > 0) return found.map((supplier) => supplier.id)
  const words = `There is no supplier ${id === undefined ? '' : `${id} `}of kind ${wechatPay}: quanhub supplier list`
  throw new CommandError('setup_not_found', words, exitCodes.notFound)
}

async function writeAudit({ hub }: Core, operator: Operator, { supplierId, day: date, recorded }: Reconciled) {
  const now = hub.now()
  const after = { day: date, recorded }
  const act = auditRow(
    { no: makeNumber(0, now) },
    operator,
    'supplier.reconcile',
    'supplier',
    supplierId,
    null,
    after,
    now,
  )
  await hub.database.transaction((tx) => insertAudit(tx, [act]))
}

function reportOf(results: Reconciled[]): Report {
  const isRight = results.every(({ counted: count, unread }) => count === 0 && unread.length === 0)
  const rows = results.flatMap(({ supplierId, differences }) => differences.map((row) => cellsOf(supplierId, row)))
  const head = ['supplier', 'batch', 'coupon', 'order', 'redemption', 'what', 'here', 'there']
  return {
    value: { isRight, suppliers: results },
    ...(rows.length === 0 ? {} : { table: { head, rows } }),
    lines: results.flatMap(linesOf),
    exitCode: isRight ? exitCodes.done : exitCodes.failed,
  }
}

function linesOf(result: Reconciled): string[] {
  const { supplierId, day: date, uses, refunds, differences, counted: count, recorded, unread } = result
  const scope = `${counted(uses, 'use')} and ${counted(refunds, 'refund')} in its statements of ${date}`
  const more = count > differences.length ? [`Only the first ${differences.length} are shown.`] : []
  const isWhole = unread.length === 0
  const none = isWhole ? 'no difference' : 'no difference in what could be read'
  const summary = count === 0 ? none : counted(count, 'difference')
  return [
    ...unread.map(({ batchNo, reason }) => `The statements of batch ${batchNo} could not be read: ${reason}`),
    ...more,
    ...(recorded === 0 ? [] : [`${counted(recorded, 'use')} written down.`]),
    `Supplier ${supplierId}: ${scope}, ${summary}.`,
  ]
}

const cellsOf = (supplierId: string, row: ReconcileDifference): string[] => [
  supplierId,
  row.batchNo,
  row.coupon,
  row.orderNo ?? '-',
  row.redemptionNo ?? '-',
  row.isRecorded ? `${differenceWords[row.kind]}: written down now` : differenceWords[row.kind],
  showSide(row.here),
  showSide(row.there),
]

const showSide = (side: Date | number | null): string => (typeof side === 'number' ? showYuan(side) : showTime(side))
