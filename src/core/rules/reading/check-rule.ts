import { canHaveAttachment } from '../attachment.ts'
import { canHaveFact } from '../facts.ts'
import type { Rule } from '../deciding/rule.ts'
import type { Refusal } from '../deciding/rule-type.ts'

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
