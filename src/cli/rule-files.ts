import { z } from 'zod'
import { parseRule, type HashCardNo, type Rule } from '../core/rules/index.ts'
import { whaleRuleSpelling } from '../faces/whale/written-rule.ts'
import { CommandError } from './errors.ts'
import { readJsonFile } from './files.ts'

/** The rules of a file: one, or an array of them; their ids are their places. */
export function readRules(path: string, hashCardNo: HashCardNo): Rule[] {
  const written = readJsonFile(path)
  if (!Array.isArray(written)) return [readRule(written, '1', path, hashCardNo)]
  return written.map((rule: unknown, index) => readRule(rule, String(index + 1), path, hashCardNo))
}

function readRule(written: unknown, id: string, path: string, hashCardNo: HashCardNo): Rule {
  const parsed = parseRule(written, { id, spelling: whaleRuleSpelling, hashCardNo })
  if ('rule' in parsed) return parsed.rule
  const { field, message } = parsed.refusal
  throw refused(`Rule ${id} of ${path} cannot be taken: ${message}`, field)
}

/** What counters have in use, of a file. */
export function readUsed(path: string): Record<string, number> {
  const written = z.record(z.string(), z.number().int().min(0)).safeParse(readJsonFile(path))
  if (written.success) return written.data
  const key = written.error.issues[0]?.path.join('.') ?? ''
  throw refused(`${path} has no counters: an object of names with whole numbers from 0 ({"counter": 3})`, key)
}

/** A file that cannot be understood. */
export const refused = (words: string, field?: string): CommandError =>
  new CommandError('invalid_request', words, undefined, field === '' ? undefined : field)
