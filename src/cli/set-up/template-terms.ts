import type { Command } from 'commander'
import { given } from '../../core/back-office/fields.ts'
import type { TemplateInput } from '../../core/nouns/template.ts'
import { CommandError, exitCodes } from '../errors.ts'
import { duration, time, whole } from '../parse.ts'
import type { NounAct, NounOptions } from './noun-options.ts'

// How long coupons of a template are valid and where their codes come from: each is said by one of several options.

type ValidityOptions = { validDays?: number; validFor?: number; validFrom?: Date; validUntil?: Date }
type CodeOptions = { codeLength?: number; codeAlphabet?: string; pool?: string }

export function addTermOptions(command: Command, act: NounAct): Command {
  command
    .option('--valid-days <n>', 'valid for n × 24 hours from its issue', whole(1, 100_000))
    .option('--valid-for <time>', 'valid for so long from its issue: 20s, 30m, 12h, 30d', duration)
    .option('--valid-from <time>', 'valid from then on, Asia/Shanghai (with --valid-until)', time)
    .option('--valid-until <time>', 'the first instant at which it is no longer valid', time)
  if (act === 'update') return command
  return command
    .option('--code-length <n>', 'characters of a code (default 16)', whole(1, 32))
    .option('--code-alphabet <characters>', 'digits (the default), readable, or the characters themselves')
    .option('--pool <name>', 'codes of a pool of imported ones instead')
}

/** What these options say. Refuses what does not go together, and a new template that says nothing of its validity. */
export function termsOf(options: NounOptions, act: NounAct) {
  const validity = validityFrom(options)
  if (act === 'update') return given({ validity })
  if (validity === undefined)
    throw usage('Say how long it is valid: --valid-days, --valid-for, or --valid-from and --valid-until.')
  return given({ validity, codes: codesFrom(options) })
}

function validityFrom({ validDays, validFor, validFrom: from, validUntil: until }: ValidityOptions) {
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
}: CodeOptions): TemplateInput['codes'] | undefined {
  if (pool === undefined)
    return length === undefined && alphabet === undefined ? undefined : given({ length, alphabet })
  if (length === undefined && alphabet === undefined) return { pool }
  throw usage('Codes of a pool are as they were imported: leave out --code-length and --code-alphabet.')
}

const usage = (message: string): CommandError => new CommandError('usage', message, exitCodes.usage)
