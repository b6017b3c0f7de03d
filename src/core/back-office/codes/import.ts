import { insertAudit } from '../../../db/audit.ts'
import { codeHash } from '../../keys/hashes.ts'
import { makeNumber } from '../../numbers/numbers.ts'
import { auditRow, type Operator } from '../../command/command.ts'
import type { SetupCore } from '../act.ts'
import { requirePool } from '../code-sources.ts'
import type { CodeSource, Setup } from '../../set-up/snapshot.ts'
import { addToPool, findPlaces, type HashedCode } from './pool-batch.ts'
import { createSeenCodes } from './seen-codes.ts'

/** One code of a file, and the line where it stands. */
export type CodeLine = { line: number; code: string }

export type RefusedCode = CodeLine & { reason: string }

/** How an import went. `present` were in this pool before: of an earlier run, or of one that was cut off. */
export type ImportResult = { lines: number; imported: number; present: number; refused: number }

export type ImportOptions = {
  pool: string
  lines: AsyncIterable<CodeLine>
  /** Where the codes come from, for the audit. */
  from: string
  isDryRun: boolean
  signal: AbortSignal
  onRefused: (refused: RefusedCode) => void | Promise<void>
}

const batchSize = 1_000

/**
 * Adds codes to a pool, a thousand in a transaction: one that was cut off is taken up again by running it again. What
 * is no code, is in the file twice, in another pool, or a code of one of our own spaces, is refused and told, each by
 * itself. A dry run says the same and writes nothing. Refuses with `setup_not_found` where there is no such pool.
 */
export async function importCodes(core: SetupCore, operator: Operator, options: ImportOptions): Promise<ImportResult> {
  const { pool: name, from, isDryRun, signal } = options
  const setup = await core.setup.refresh()
  const pool = requirePool(setup, name)
  const result: ImportResult = { lines: 0, imported: 0, present: 0, refused: 0 }
  if (!isDryRun) await writeAudit(core, operator, 'codes.import', name, { from })
  try {
    for await (const batch of checkedBatches(core, setup, options, result)) {
      signal.throwIfAborted()
      await takeBatch(core, pool, batch, options, result)
    }
  } finally {
    if (!isDryRun) await writeAudit(core, operator, 'codes.import-end', name, { from, ...result })
  }
  return result
}

async function writeAudit(core: SetupCore, operator: Operator, act: string, pool: string, after: object) {
  const { database, now: clock } = core.hub
  const now = clock()
  const row = auditRow({ no: makeNumber(0, now) }, operator, act, 'pool', pool, null, after, now)
  await database.transaction((tx) => insertAudit(tx, [row]))
}

type Checked = CodeLine & HashedCode

/** What can be said of a code without asking the database, and the rest in batches. */
async function* checkedBatches(core: SetupCore, setup: Setup, options: ImportOptions, result: ImportResult) {
  const seen = createSeenCodes()
  const spaces = [...setup.codeSources.values()].filter((source) => source.space !== undefined)
  let batch: Checked[] = []
  for await (const line of options.lines) {
    result.lines += 1
    const hash = codeHash(core.hub.keyring, line.code)
    const reason = shapeProblem(line.code) ?? ownProblem(line.code, spaces) ?? (seen.add(hash) ? undefined : twice)
    if (reason === undefined) batch.push({ ...line, hash })
    else await refuseLine(options, result, line, reason)
    if (batch.length === batchSize) {
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}

const twice = 'is in the file before'

/** Why a text cannot be an imported code; undefined where it can. */
export function shapeProblem(code: string): string | undefined {
  if (code === '') return 'is empty'
  if (code.length > 64) return 'has more than 64 characters'
  return /^[\x21-\x7e]+$/.test(code) ? undefined : 'is not printable ASCII without spaces'
}

function ownProblem(code: string, spaces: CodeSource[]): string | undefined {
  const space = spaces.find((source) => source.space?.serialOf(code) !== undefined)
  return space === undefined ? undefined : `could be a code of our own (${space.name})`
}

async function refuseLine(options: ImportOptions, result: ImportResult, { line, code }: CodeLine, reason: string) {
  result.refused += 1
  await options.onRefused({ line, code, reason })
}

async function takeBatch(
  core: SetupCore,
  pool: CodeSource,
  batch: Checked[],
  options: ImportOptions,
  result: ImportResult,
): Promise<void> {
  const places = await (options.isDryRun ? findPlaces(core.hub, batch) : addToPool(core.hub, pool.id, batch))
  for (const entry of batch) {
    const place = places.get(entry.hash.toString('hex'))
    if (place === undefined) result.imported += 1
    else if (place === pool.id) result.present += 1
    else await refuseLine(options, result, entry, `is in pool ${nameOf(core, place)} already`)
  }
}

const nameOf = ({ setup }: SetupCore, sourceId: number): string =>
  setup.current().codeSources.get(sourceId)?.name ?? String(sourceId)
