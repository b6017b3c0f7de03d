import { whaleRuleSpelling as spelling } from '../../src/faces/whale/written-rule.ts'
import type { Database } from '../../src/db/client/client.ts'
import { insertRows } from '../../src/db/client/rows.ts'
import { raiseSetupVersion } from '../../src/db/set-up.ts'
import { parseRule } from '../../src/core/rules/index.ts'
import { hashCardNo, rawRule } from './rules.ts'
import { world } from './world.ts'

let made = 0

/**
 * Puts a rule into the set-up as it is kept, hanging on the world's activity where `head` says nothing else. Answers its
 * id.
 */
export async function addRule(
  database: Database,
  ruleKey: string,
  ruleValue: unknown,
  head: Record<string, unknown> = {},
): Promise<string> {
  made += 1
  const id = String(made)
  const written = rawRule(ruleKey, ruleValue, { ruleSceneItemKey: world.activityId, ruleName: `rule ${id}`, ...head })
  const parsed = parseRule(written, { id, spelling, hashCardNo })
  if ('refusal' in parsed) throw new Error(JSON.stringify(parsed.refusal))
  const { rule } = parsed
  const row = {
    id,
    subjectKind: rule.attachment.kind,
    subjectId: rule.attachment.itemId ?? '',
    scene: rule.scene,
    name: rule.name,
    written,
    isEnabled: true,
    revision: 1,
    createdAt: new Date('2000-01-01T00:00:00Z'),
    updatedAt: new Date('2000-01-01T00:00:00Z'),
  }
  await database.transaction(async (tx) => {
    await raiseSetupVersion(tx)
    await insertRows(tx, 'rules', [row])
  })
  return id
}
