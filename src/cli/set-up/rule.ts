import type { Command } from 'commander'
import { createRule } from '../../core/set-up/rules.ts'
import type { RuleRow } from '../../db/set-up.ts'
import type { CommandContext } from '../context.ts'
import { readJsonFile } from '../files.ts'
import type { Report } from '../output.ts'
import type { Run } from '../run.ts'
import { showFlag, showTime } from '../show.ts'
import { addReads, type Reads } from './reads.ts'
import { addSwitches } from './switches.ts'
import { showWords } from './written.ts'

/** Adds to `rule` what sets a hub up. */
export function addRuleSetUp(group: Command, run: Run): void {
  group
    .command('add')
    .argument('<file>', 'a JSON file with a rule, or an array of rules, as createRule sends it')
    .description('create rules, or change those of the same name, scene and attachment')
    .action(run.onHub((context, _: unknown, file) => addFromFile(context, file)))
  addReads(group, run, reads)
  addSwitches(group, run, 'rule', '<id>')
}

/** One after the other: those before one that is refused stay, and the same file can be run again. */
async function addFromFile(context: CommandContext, file: string): Promise<Report> {
  const core = await context.core()
  const written = readJsonFile(context.resolvePath(file))
  const created = []
  for (const rule of Array.isArray(written) ? (written as unknown[]) : [written]) {
    created.push(await createRule(core, context.operator, { written: rule }))
  }
  const lines = created.map(({ id, isRepeat }) =>
    isRepeat ? `Rule ${id} was there already.` : `Rule ${id} is set up.`,
  )
  return { value: { rules: created }, lines }
}

const hangsOn = ({ subjectKind, subjectId }: RuleRow): string =>
  subjectId === '' ? `every ${subjectKind}` : `${subjectKind} ${subjectId}`

const typeOf = ({ written }: RuleRow): string => (written as { ruleKey: string }).ruleKey

const reads: Reads<RuleRow> = {
  kind: 'rule',
  plural: 'rules',
  args: '<id>',
  rows: (setup) => [...setup.ruleRows.values()],
  idOf: (row) => row.id,
  head: ['id', 'type', 'hangs on', 'scene', 'name', 'enabled'],
  cells: (row) => [row.id, typeOf(row), hangsOn(row), row.scene, row.name, showFlag(row.isEnabled)],
  fields: (row) => ({
    id: row.id,
    'hangs on': hangsOn(row),
    scene: row.scene,
    name: row.name,
    enabled: showFlag(row.isEnabled),
    revision: row.revision,
    added: showTime(row.createdAt),
    changed: showTime(row.updatedAt),
    ...showWords(row.written as Record<string, unknown>),
  }),
}
