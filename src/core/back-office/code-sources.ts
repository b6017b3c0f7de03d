import { z } from 'zod'
import type { CodeSourceRow } from '../../db/set-up.ts'
import type { SetupWrite } from '../../db/set-up-writes.ts'
import type { Keyring } from '../../keyring.ts'
import { digits, parseAlphabet, readable, type Alphabet, createCodeSpace } from '../codes/code-space.ts'
import { numbersKey } from '../codes/number-blocks.ts'
import { idField } from '../../read/fields.ts'
import { refuse } from '../command/errors.ts'
import type { Codes } from '../nouns/template-terms.ts'
import type { Operator } from '../command/command.ts'
import { actOnSetup, type SetupCore } from './act.ts'
import { parseInput, requireFree } from './fields.ts'
import type { CodeSource, Setup } from '../set-up/snapshot.ts'

/** `digits`, `readable`, or the characters themselves. Refuses with `bad_request` what is no alphabet. */
export function readAlphabet(text: string): Alphabet {
  if (text === 'digits') return digits
  if (text === 'readable') return readable
  try {
    return parseAlphabet(text)
  } catch (cause) {
    return refuse('bad_request', `alphabet: ${(cause as Error).message}`, { field: 'alphabet', cause })
  }
}

/** A code source of the set-up, or a new one with the writes that make it. */
export type ChosenSource = { sourceId: number; writes: SetupWrite[] }

/** The source for a template's codes. A code space is made when its first template needs it; a pool must be there. */
export function chooseCodeSource(setup: Setup, codes: Codes, keyring: Keyring, now: Date): ChosenSource {
  if ('pool' in codes) return { sourceId: requirePool(setup, codes.pool).id, writes: [] }
  const { characters } = readAlphabet(codes.alphabet)
  const found = [...setup.codeSources.values()].find(
    (source) => source.alphabet === characters && source.length === codes.length,
  )
  return found === undefined ? makeSpace(setup, codes, keyring, now) : { sourceId: found.id, writes: [] }
}

/**
 * A pool that operators fill. Refuses with `setup_not_found` where there is none of that name, and with
 * `setup_conflict` where a supplier fills it.
 */
export function requirePool(setup: Setup, name: string): CodeSource {
  const pool = [...setup.codeSources.values()].find((source) => source.kind === 'pool' && source.name === name)
  if (pool === undefined) {
    return refuse('setup_not_found', `there is no pool ${name}: "quanhub codes add-pool ${name}" makes it`, {
      field: 'pool',
    })
  }
  const supplier = [...setup.suppliers.values()].find(({ sourceId }) => sourceId === pool.id)
  if (supplier === undefined) return pool
  const words = `pool ${name} is for the codes that supplier ${supplier.id} makes: use another one`
  return refuse('setup_conflict', words, { field: 'pool' })
}

/** The pool for the codes that a new supplier makes, which nobody else fills. */
export function makeSupplierPool(setup: Setup, supplierId: string, now: Date): ChosenSource {
  const id = nextId(setup)
  const name = `supplier-${supplierId}`
  const row = poolRow(id, isTaken(setup, name) ? `${name}-${id}` : name, now)
  return { sourceId: id, writes: sourceWrites(row, 0) }
}

const poolRow = (id: number, name: string, createdAt: Date): CodeSourceRow => ({
  id,
  kind: 'pool',
  name,
  alphabet: null,
  length: null,
  isEnabled: true,
  createdAt,
})

function makeSpace(
  setup: Setup,
  shape: { alphabet: string; length: number },
  keyring: Keyring,
  now: Date,
): ChosenSource {
  const alphabet = readAlphabet(shape.alphabet)
  const { length } = shape
  const id = nextId(setup)
  const fillLimit = fillLimitOf(id, alphabet, length, keyring)
  const name = `${spaceName(shape.alphabet)}-${length}`
  const row: CodeSourceRow = {
    id,
    kind: 'space',
    name: isTaken(setup, name) ? `${name}-${id}` : name,
    alphabet: alphabet.characters,
    length,
    isEnabled: true,
    createdAt: now,
  }
  return { sourceId: id, writes: sourceWrites(row, fillLimit) }
}

const spaceName = (alphabet: string): string => (/^(digits|readable)$/.test(alphabet) ? alphabet : 'own')

const isTaken = (setup: Setup, name: string): boolean =>
  [...setup.codeSources.values()].some((source) => source.name === name)

const nextId = (setup: Setup): number => Math.max(0, ...setup.codeSources.keys()) + 1

// The counter says how many numbers were taken, and how many there are: none yet, in a new pool.
const sourceWrites = (row: CodeSourceRow, max: number): SetupWrite[] => [
  { table: 'code_sources', insert: row },
  { table: 'counters', insert: { key: numbersKey(row.id), used: 0, max } },
]

function fillLimitOf(id: number, alphabet: Alphabet, length: number, keyring: Keyring): number {
  try {
    return createCodeSpace({ id, alphabet, length, key: keyring.codesKey(id) }).fillLimit
  } catch (cause) {
    return refuse('bad_request', (cause as Error).message, { field: 'length', cause })
  }
}

/** Makes an empty pool, which `importCodes` fills. */
export function addPool(core: SetupCore, operator: Operator, input: { name: string }): Promise<CodeSourceRow> {
  const { name } = parseInput(z.strictObject({ name: idField() }), input)
  return actOnSetup(core, operator, {
    act: 'pool.add',
    subjectKind: 'pool',
    decide: (setup, now) => {
      requireFree(
        [...setup.codeSources.values()].find((source) => source.name === name),
        'code source',
        name,
      )
      const id = nextId(setup)
      const row = poolRow(id, name, now)
      return { subjectId: name, before: null, after: { id, name }, writes: sourceWrites(row, 0), result: row }
    },
  })
}
