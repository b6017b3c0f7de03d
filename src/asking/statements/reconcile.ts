import type { Core } from '../../core/core.ts'
import { couponKey } from '../../core/coupon/coupon.ts'
import { codeHash } from '../../core/keys/hashes.ts'
import { lanes } from '../../core/numbers/numbers.ts'
import { newUseCommand } from '../../core/supplier/notice.ts'
import { askableSupplier, type AskableSupplier } from '../../core/supplier/supplier-of.ts'
import { readCoupons } from '../../db/coupons.ts'
import { findImportedCodes } from '../../db/imported-codes.ts'
import { readRedemptionsOfCoupons, readToldUses, type RedemptionRow } from '../../db/redemptions.ts'
import type {
  StatementAnswer,
  StatementRow,
  Statements,
  SupplierLimits,
  SupplierSend,
} from '../../suppliers/supplier.ts'
import { endOfDay, startOfDay } from '../../time/shanghai.ts'
import { maskMiddle } from '../../wire/text.ts'
import { type Known, compareRefund, compareUse, type Compared, type ReconcileDifference } from './compare.ts'

/** What the hub has of coupons that a supplier made, by the supplier's own numbers; a number that names none is missing. */
async function findKnown(
  { hub: { database, keyring } }: Core,
  sourceId: number,
  codes: string[],
): Promise<Map<string, Known>> {
  const { sql } = database
  const codeOf = new Map(codes.map((code) => [codeHash(keyring, code).toString('hex'), code]))
  const hashes = [...codeOf.keys()].map((hex) => Buffer.from(hex, 'hex'))
  const found = (await findImportedCodes(sql, hashes)).filter((row) => row.sourceId === sourceId)
  const names = found.flatMap(({ lane, number: serial, codeHash: hash }) =>
    lane === null ? [] : [{ lane, sourceId, serial, code: codeOf.get(hash.toString('hex'))! }],
  )
  const [coupons, redemptions] = await Promise.all([readCoupons(sql, names), readRedemptionsOfCoupons(sql, names)])
  const couponOf = new Map(coupons.map((coupon) => [couponKey(coupon), coupon]))
  return new Map(
    names.flatMap((name): [string, Known][] => {
      const coupon = couponOf.get(couponKey(name))
      const own = redemptions.filter((row) => couponKey(row) === couponKey(name))
      return coupon === undefined ? [] : [[name.code, { coupon, redemptions: own }]]
    }),
  )
}

type ReconcileOptions = {
  /** yyyy-MM-dd, in Asia/Shanghai. */
  day: string
  /** Uses that are missing here are recorded. */
  isRecording: boolean
  send: SupplierSend
  signal?: AbortSignal
}

/** What came of comparing a supplier's books of a day with ours. */
export type Reconciled = {
  supplierId: string
  day: string
  /** How many lines the supplier's statements have. */
  uses: number
  refunds: number
  /** The first thousand; `counted` is how many there are. */
  differences: ReconcileDifference[]
  counted: number
  recorded: number
  /** Batches whose statements could not be had, and why. */
  unread: { batchNo: string; reason: string }[]
}

type Work = {
  core: Core
  supplier: AskableSupplier
  statements: Statements<SupplierLimits>
  options: ReconcileOptions
  result: Reconciled
  /** The redemptions that some statement has. */
  seen: Set<string>
}

const mostDifferences = 1_000
const pageSize = 500

/** Compares what a supplier says was used and refunded on a day with our redemptions, batch by batch. */
export async function reconcile(core: Core, supplierId: string, options: ReconcileOptions): Promise<Reconciled> {
  const { day } = options
  const result: Reconciled = {
    supplierId,
    day,
    uses: 0,
    refunds: 0,
    differences: [],
    counted: 0,
    recorded: 0,
    unread: [],
  }
  const setup = core.setup.current().suppliers.get(supplierId)
  const supplier = setup && askableSupplier(core.hub, setup)
  const statements = supplier?.adapter.statements
  if (supplier === undefined || statements === undefined) throw new Error(`supplier ${supplierId} has no statements`)
  const work: Work = { core, supplier, statements, options, result, seen: new Set() }
  const read = new Set<string>()
  for (const [batchNo, templateIds] of batchesOf(core, supplierId)) {
    if (await reconcileBatch(work, batchNo)) for (const id of templateIds) read.add(id)
  }
  await findMissing(work, read)
  return result
}

/** The supplier's products, each with the templates that stand for it. */
function batchesOf(core: Core, supplierId: string): Map<string, string[]> {
  const batches = new Map<string, string[]>()
  for (const { id, supplierId: other, settings } of core.setup.current().templates.values()) {
    const { thirdProductId } = settings
    if (other !== supplierId || thirdProductId === undefined) continue
    batches.set(thirdProductId, [...(batches.get(thirdProductId) ?? []), id])
  }
  return batches
}

/** Whether its statement of uses could be read. */
async function reconcileBatch(work: Work, batchNo: string): Promise<boolean> {
  const { statements, supplier, options, core, result } = work
  const asked = { thirdProductId: batchNo, day: options.day }
  const uses = await statements.uses(supplier.settings, asked, options.send, core.hub.now())
  const refunds = await statements.refunds(supplier.settings, asked, options.send, core.hub.now())
  if (uses.kind === 'told') {
    result.uses += uses.rows.length
    await comparePages(work, uses.rows, (known, row) => takeUse(work, batchNo, known, row))
  }
  if (refunds.kind === 'told') {
    result.refunds += refunds.rows.length
    await comparePages(work, refunds.rows, async (known, row) => {
      note(work, batchNo, row, known, compareRefund(known, row))
    })
  }
  const reasons = [...new Set([uses, refunds].flatMap(reasonOf))]
  if (reasons.length > 0) result.unread.push({ batchNo, reason: reasons.join('; ') })
  return uses.kind === 'told'
}

function reasonOf(answer: StatementAnswer): string[] {
  if (answer.kind === 'told') return []
  return [answer.kind === 'refused' ? `${answer.message} (${answer.code})` : answer.reason]
}

type Take = (known: Known | undefined, row: StatementRow) => Promise<void>

async function comparePages({ core, supplier, options }: Work, rows: StatementRow[], take: Take) {
  const { sourceId } = supplier.setup
  for (let from = 0; from < rows.length; from += pageSize) {
    options.signal?.throwIfAborted()
    const page = rows.slice(from, from + pageSize)
    const codes = [...new Set(page.map(({ code }) => code))]
    const known = await findKnown(core, sourceId, codes)
    for (const row of page) await take(known.get(row.code), row)
  }
}

async function takeUse(work: Work, batchNo: string, known: Known | undefined, row: StatementRow): Promise<void> {
  const compared = compareUse(known, row)
  if (compared.redemption !== undefined) work.seen.add(compared.redemption.no)
  if (compared.kind !== 'missing_here' || !work.options.isRecording) return note(work, batchNo, row, known, compared)
  const { core, supplier, result } = work
  const { at: usedAt, ...use } = row
  const command = newUseCommand(core.hub, 0, supplier.setup.id, { ...use, usedAt })
  const { redemption } = await core.recordUse(command)
  work.seen.add(redemption.no)
  const isRecorded = redemption.state !== 'failed'
  if (isRecorded) result.recorded += 1
  note(
    work,
    batchNo,
    row,
    known,
    { ...compared, redemption, kind: isRecorded ? 'missing_here' : 'voided_here' },
    isRecorded,
  )
}

function note(
  { result }: Work,
  batchNo: string,
  { code }: { code: string },
  known: Pick<Known, 'coupon'> | undefined,
  { kind, redemption, here = null, there = null }: Compared,
  isRecorded = false,
): void {
  if (kind === undefined) return
  result.counted += 1
  if (result.differences.length >= mostDifferences) return
  const orderNo = known?.coupon.orderNo ?? redemption?.orderNo ?? null
  const redemptionNo = redemption?.no ?? null
  result.differences.push({ kind, batchNo, coupon: maskMiddle(code), orderNo, redemptionNo, here, there, isRecorded })
}

/** What was used here by the supplier's own word on that day, and is in none of the statements that could be read. */
async function findMissing(work: Work, templateIds: ReadonlySet<string>): Promise<void> {
  for (const lane of lanes) {
    for await (const page of pagesOf(work, lane)) {
      const missing = page.filter(({ no, templateId }) => templateIds.has(templateId) && !work.seen.has(no))
      await noteMissing(work, missing)
    }
  }
}

async function* pagesOf({ core, supplier, options }: Work, lane: number): AsyncGenerator<RedemptionRow[]> {
  const from = startOfDay(options.day)
  const asked = { supplierId: supplier.setup.id, from, until: endOfDay(from) }
  let after: { no: string; usedAt: Date } | undefined
  do {
    options.signal?.throwIfAborted()
    const page = await readToldUses(core.hub.database.sql, lane, asked, after, pageSize)
    const last = page.at(-1)
    after = page.length < pageSize || last === undefined ? undefined : { no: last.no, usedAt: last.usedAt! }
    yield page
  } while (after !== undefined)
}

async function noteMissing(work: Work, missing: RedemptionRow[]): Promise<void> {
  if (missing.length === 0) return
  const { setup, revealCodes } = work.core
  const codes = await revealCodes(missing)
  for (const [i, redemption] of missing.entries()) {
    const code = codes[i]!
    const batchNo = setup.current().templates.get(redemption.templateId)?.settings.thirdProductId ?? ''
    note(work, batchNo, { code }, undefined, { kind: 'missing_there', redemption, here: redemption.usedAt })
  }
}
