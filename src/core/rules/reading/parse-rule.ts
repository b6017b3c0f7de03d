import { z } from 'zod'
import { readAttachmentKind, canHaveAttachment, type HashCardNo, canHaveFact } from '../facts.ts'
import type { Rule, Refusal } from '../deciding/rule.ts'
import { endTime, flag, id as idOrKey, text, time } from '../types/fields.ts'
import { findRuleType } from '../types/rule-types.ts'
import { dropAbsent, readRuleValue, refusalOf, withKnownNames } from '../types/written.ts'

const order = z
  .union([z.number().int(), z.string().regex(/^-?[0-9]{1,9}$/)], { error: 'must be a whole number' })
  .transform(Number)
  .refine((given) => Math.abs(given) < 1e9, 'must have at most nine digits')

/** The fields of createRule around the rule's value. */
export const ruleHeadSchema = z
  .object({
    ruleScenceKey: text(
      {
        title: '场景关键字',
        description: 'What the rule hangs on: activity, template, channel, merchant, shop, supplier or acceptor.',
      },
      64,
    ),
    ruleSceneItemKey: idOrKey({ title: '场景对象ID', description: 'Which of them; absent or *: all.' }, 64).optional(),
    ruleScene: text({ title: '规则适用场景', description: 'When it is asked: make, verify or your own word.' }, 64),
    ruleName: text({ title: '规则名称', description: 'Its name.' }, 100),
    ruleKey: text({ title: '规则关键字', description: 'Its type.' }, 40),
    ruleValue: z.unknown().meta({ title: '规则内容', description: 'What it says, an object or a string of JSON.' }),
    startTime: time({ title: '规则开始时间', description: 'From when it is asked.' }),
    endTime: endTime({ title: '规则结束时间', description: 'The last second in which it is asked.' }),
    messageTpl: text(
      {
        title: '规则不满足提示消息模板',
        description: 'What is told: {limitKey} {used} {max} {period} {ruleName} are filled.',
      },
      500,
    ),
    isActive: flag({ title: '是否启用', description: 'Y (default) or N.' }).optional(),
    isContinue: flag({
      title: '规则不满足是否继续',
      description: 'Y: a failed rule is noted, not counted, and passes.',
    }).optional(),
    ruleOrder: order.optional().meta({ title: '规则执行顺序', description: 'The smaller is asked first (0).' }),
  })
  .refine((rule) => rule.startTime < rule.endTime, { path: ['endTime'], error: 'lies before startTime' })

/** The document's typos are the wire's names; the correct spellings are taken too. */
const correctSpellings = {
  ruleSceneKey: 'ruleScenceKey',
  ruleScenceItemKey: 'ruleSceneItemKey',
  ruleScence: 'ruleScene',
}

/** A rule as it was written, by the wire's names, without what is absent. */
export const readWrittenRule = (raw: unknown): unknown => withKnownNames(dropAbsent(raw), correctSpellings)

type Options = {
  id: string
  /** Without it, listed card numbers are refused unless they are sealed. */
  hashCardNo?: HashCardNo | undefined
}

/**
 * Reads a rule as createRule sends it or as it was kept. A rule that cannot be understood, hangs on nothing or could
 * never have its fact is refused here, naming the wire's field, so that no till ever meets it.
 */
export function parseRule(raw: unknown, { id, hashCardNo }: Options): { rule: Rule } | { refusal: Refusal } {
  const written = readWrittenRule(raw)
  const head = ruleHeadSchema.safeParse(written)
  if (!head.success) return { refusal: refusalOf(head.error, written) }
  const { ruleKey, ruleValue, ...given } = head.data
  const type = findRuleType(ruleKey)
  if (type === undefined) return refused('ruleKey', `${ruleKey} is no type of rule`)
  const kind = readAttachmentKind(given.ruleScenceKey)
  if (kind === undefined) return refused('ruleScenceKey', `${given.ruleScenceKey} is nothing that a rule can hang on`)
  const writtenValue = readRuleValue(ruleValue)
  const value = type.schema.safeParse(writtenValue)
  if (!value.success) return { refusal: refusalOf(value.error, writtenValue, 'ruleValue') }
  const prepared = type.prepare(value.data, { id, hashCardNo })
  if ('refusal' in prepared) return refused(`ruleValue.${prepared.refusal.field}`, prepared.refusal.message)
  const itemId = given.ruleSceneItemKey === undefined || given.ruleSceneItemKey === '*' ? null : given.ruleSceneItemKey
  const rule: Rule = {
    id,
    name: given.ruleName,
    type,
    attachment: { kind, itemId },
    scene: given.ruleScene,
    startsAt: given.startTime,
    endsAt: given.endTime,
    messageTpl: given.messageTpl,
    isActive: given.isActive !== false,
    isContinue: given.isContinue === true,
    order: given.ruleOrder ?? 0,
    body: prepared.body,
  }
  const refusal = checkRule(rule, rule.scene)
  return refusal === undefined ? { rule } : { refusal }
}

const refused = (field: string, message: string): { refusal: Refusal } => ({ refusal: { field, message } })

/** Why a rule could never be decided in a scene; undefined where it can. */
export function checkRule(rule: Rule, scene: string): Refusal | undefined {
  const missing = rule.type.needs.find((fact) => !canHaveFact(scene, fact))
  if (missing !== undefined) {
    return {
      field: 'ruleKey',
      message: `${rule.type.key} needs ${missing}, which no request of the scene ${scene} has`,
    }
  }
  if (canHaveAttachment(scene, rule.attachment.kind)) return undefined
  return { field: 'ruleScenceKey', message: `no request of the scene ${scene} has a ${rule.attachment.kind}` }
}
