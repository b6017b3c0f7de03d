import { randomInt } from 'node:crypto'
import { z } from 'zod'
import { refuse } from '../../command/errors.ts'
import { codeHash } from '../../keys/hashes.ts'
import { parseInput } from '../fields.ts'
import type { SetupCore } from '../act.ts'
import { readAlphabet } from '../code-sources.ts'
import { textOf, type Alphabet } from '../../codes/code-space.ts'
import { createSeenCodes } from './seen-codes.ts'

const inputSchema = z.strictObject({
  alphabet: z.string().default('digits'),
  length: z.int().min(1).max(64).default(16),
  count: z.int().min(1).max(100_000_000),
})
export type GenerateInput = z.input<typeof inputSchema>

// As in our own spaces: of ten million possible codes at most one exists, so that guessing leads nowhere.
const codesPerNumber = 10_000_000n

/**
 * Random codes for a pool, all different and none that could be one of our own. They are not written down anywhere:
 * they count when they are imported. Refuses with `bad_request` a length that leaves too little room.
 */
export async function generateCodes(core: SetupCore, input: GenerateInput): Promise<Iterable<string>> {
  const { alphabet: name, length, count } = parseInput(inputSchema, input)
  const alphabet = readAlphabet(name)
  if (BigInt(alphabet.radix) ** BigInt(length) < codesPerNumber * BigInt(count)) {
    refuse('bad_request', `length: ${count} codes of ${length} characters could be guessed: make them longer`, {
      field: 'length',
    })
  }
  const spaces = [...(await core.setup.refresh()).codeSources.values()].flatMap(({ space }) => space ?? [])
  const isOwn = (code: string): boolean => spaces.some((space) => space.serialOf(code) !== undefined)
  return drawCodes(alphabet, length, count, isOwn, (code) => codeHash(core.hub.keyring, code))
}

function* drawCodes(
  alphabet: Alphabet,
  length: number,
  count: number,
  isOwn: (code: string) => boolean,
  hashOf: (code: string) => Buffer,
): Iterable<string> {
  const seen = createSeenCodes()
  for (let drawn = 0; drawn < count;) {
    const code = textOf(
      alphabet,
      Array.from({ length }, () => randomInt(alphabet.radix)),
    )
    if (isOwn(code) || !seen.add(hashOf(code))) continue
    drawn += 1
    yield code
  }
}
