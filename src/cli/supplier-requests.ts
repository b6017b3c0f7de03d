import type { Command } from 'commander'
import { givenUpWords } from '../faces/index.ts'
import { askSupplierAgain, giveUpSupplierRequest } from '../core/back-office/supplier-acts.ts'
import type { Core } from '../core/core.ts'
import { numberedName } from '../core/redeem/reverse.ts'
import {
  findOpenForeignRedemptions,
  readForeignRedemptions,
  type ForeignRedemptionRow,
} from '../db/foreign-redemptions.ts'
import { findOpenSupplierRequests, type SupplierRequestRow } from '../db/supplier-requests.ts'
import type { CommandContext } from './context.ts'
import { cursorFrom, cursorOf, addPaging, addReason } from './options.ts'
import type { Report } from './output.ts'
import type { Run } from './run.ts'
import { reportPage, showTime, type PageOptions } from './show.ts'

type PendingOptions = PageOptions & { supplier?: string; unanswered?: boolean }

/** Adds to `supplier` what operators do about requests that have no answer yet. */
export function addSupplierRequests(group: Command, run: Run): void {
  addPaging(
    group.command('pending').description('list the requests that suppliers have not answered, the oldest first'),
  )
    .option('--supplier <id>', 'of one supplier')
    .option('--unanswered', 'only those that were asked for a day and wait for an operator')
    .action(run.onHub(listPending))
  addReason(group.command('ask-again <no>').description('ask the supplier again now, by the same number')).action(
    run.onHub((context, _: unknown, no) => askAgain(context, no)),
  )
  addReason(
    group
      .command('give-up <no>')
      .description('end a request as if the supplier had refused: only when it is known that it did nothing'),
  ).action(run.onHub((context, _: unknown, no) => giveUp(context, no)))
}

async function listPending(context: CommandContext, options: PendingOptions): Promise<Report> {
  const { sql } = (await context.core()).hub.database
  const { supplier: supplierId, limit } = options
  const state = options.unanswered === true ? ('unanswered' as const) : undefined
  const after = cursorFrom(options.after)
  const filter = { supplierId, state, after: after && { createdAt: after.at, no: after.id }, limit: limit + 1 }
  const isUnanswered = options.unanswered === true
  const [requests, redemptions] = await Promise.all([
    findOpenSupplierRequests(sql, filter),
    findOpenForeignRedemptions(sql, { ...filter, isUnanswered }),
  ])
  const rows = [...requests.map(shownOf), ...redemptions.map(shownOfForeign)].toSorted(byAge)
  const items = rows.slice(0, limit)
  const last = rows[limit - 1]
  const next = rows.length > limit && last !== undefined ? cursorOf({ at: last.createdAt, id: last.no }) : null
  const columns = ['request', 'supplier', 'asks', 'order', 'since', 'asked', 'next', 'last answer']
  return reportPage({ items, next }, columns, cellsOf)
}

type Shown = Omit<SupplierRequestRow, 'claimId' | 'claimedUntil' | 'uses' | 'kind' | 'orderNo'> & {
  kind: SupplierRequestRow['kind'] | 'redeem' | 'reverse'
  /** Null where it is about a supplier's own code. */
  orderNo: string | null
}

const byAge = (a: Shown, b: Shown): number =>
  a.createdAt.getTime() - b.createdAt.getTime() || (a.no < b.no ? -1 : Number(a.no > b.no))

const shownOfForeign = (row: ForeignRedemptionRow): Shown => ({
  lane: row.lane,
  no: row.no,
  kind: row.state === 'reversing' ? 'reverse' : 'redeem',
  supplierId: row.supplierId,
  orderNo: null,
  redemptionNo: row.no,
  sourceId: null,
  serial: null,
  state: row.dueAt === null ? 'unanswered' : 'due',
  attempts: row.attempts,
  dueAt: row.dueAt,
  lastAnswer: row.lastAnswer,
  createdAt: row.createdAt,
  finishedAt: null,
})

function shownOf(row: SupplierRequestRow): Shown {
  const { claimId: _, claimedUntil: __, uses: ___, ...rest } = row
  return rest
}

const kinds = {
  make: 'for codes',
  confirm: 'for a redemption',
  look_up: 'what became of a coupon',
  redeem: 'to use its code',
  reverse: 'to take a use back',
} as const

const cellsOf = (row: Shown): string[] => [
  row.no,
  row.supplierId,
  kinds[row.kind],
  row.orderNo ?? '-',
  showTime(row.createdAt),
  row.attempts === 1 ? 'once' : `${row.attempts} times`,
  row.dueAt === null ? 'when an operator says so' : showTime(row.dueAt),
  row.lastAnswer ?? '-',
]

async function askAgain(context: CommandContext, no: string): Promise<Report> {
  const core = await context.core()
  const shown = (await isForeign(core, no))
    ? shownOfForeign(await core.foreign.askAgain(context.operator, no))
    : shownOf(await askSupplierAgain(core, context.operator, no))
  return { value: shown, lines: [`Supplier ${shown.supplierId} is asked again, by number ${no}.`] }
}

// A redemption of a supplier's own code is asked about by its own number.
const isForeign = async ({ hub }: Core, no: string): Promise<boolean> =>
  (await readForeignRedemptions(hub.database.sql, numberedName(no))).length > 0

async function giveUp(context: CommandContext, no: string): Promise<Report> {
  const core = await context.core()
  if (await isForeign(core, no)) {
    const { state } = await core.foreign.giveUp(context.operator, no, givenUpWords)
    const words = state === 'failed' ? 'has failed: its code may be used again' : 'stands: its code stays used'
    return { value: { no, state }, lines: [`Redemption ${no} ${words}.`] }
  }
  const { request, order, redemption } = await giveUpSupplierRequest(core, context.operator, no, givenUpWords)
  if (request.kind === 'look_up') {
    return {
      value: shownOf(request),
      lines: [`The coupon of order ${order.no} counts as expired unless its use is told.`],
    }
  }
  const what = redemption === undefined ? `Order ${order.no}` : `Redemption ${redemption.no}`
  return { value: shownOf(request), lines: [`${what} has failed, and what it took is given back.`] }
}
