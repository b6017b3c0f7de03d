import { z } from 'zod'
import { readJson } from './written.ts'

const mostGroups = 50
const groupsProblem = 'must be a list of groups of codes, ["111,222","333,444"]'

/** `codeConfigList`: groups of codes, as a list or a string of JSON; each group a list or a text with commas. */
export const codeGroups = z
  .union([z.string(), z.array(z.union([z.string(), z.array(z.string())]))], { error: groupsProblem })
  .transform((given, context) => {
    const groups = readGroups(given)
    if (groups !== undefined) return groups
    context.issues.push({ code: 'custom', message: groupsProblem, input: given })
    return z.NEVER
  })
  .refine((groups) => groups.length <= mostGroups, `has more than ${mostGroups} groups`)
  .refine((groups) => new Set(groups.flat()).size === groups.flat().length, 'has a code twice')
  .meta({
    title: '配置规则sku分组',
    description:
      'Groups of codes, ["111,222","333,444"]: groups[0], groups[1] in expressions. Absent: the whole cart is groups[0].',
  })

function readGroups(given: string | (string | string[])[]): string[][] | undefined {
  if (typeof given === 'string') {
    const parsed = z.array(z.union([z.string(), z.array(z.string())])).safeParse(readJson(given))
    return parsed.success ? readGroups(parsed.data) : undefined
  }
  const groups = given.map((group) => (typeof group === 'string' ? group.split(',') : group).map((code) => code.trim()))
  return groups.length > 0 && groups.flat().every((code) => code !== '' && code.length <= 64) ? groups : undefined
}
