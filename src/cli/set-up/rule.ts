import type { Command } from 'commander'
import type { CountedBack } from '../../core/replay/count-back.ts'
import { createRule } from '../../core/back-office/rules.ts'
import type { RuleRow } from '../../db/set-up.ts'
import type { CommandContext } from '../context.ts'
import { CommandError, exitCodes } from '../errors.ts'
import { readJsonFile } from '../files.ts'
import type { Report } from '../output.ts'
import { time } from '../parse.ts'
import { counted, showFlag, showTime } from '../show.ts'
import type { Run } from '../run.ts'
import { addReads, type Reads } from './reads.ts'
import { addSwitches } from './switches.ts'
import { showWords } from './written.ts'

type AddOptions = { countFrom?: Date }

const countHelp = `
A limit counts from when it is set up. With --count-from it counts what stands of what was accepted since then too, as if
it had been there: what was voided or reversed since is not counted, what was counted before is not counted twice.
Requests wait until that is done: for a long time and much traffic choose a quiet hour.`

/** Adds to `rule` what sets a hub up. */
export function addRuleSetUp(group: Command, run: Run): void {
  group
    .command('add')
    .argument('<file>', 'a JSON file with a rule, or an array of rules, as createRule sends it')
    .description('create rules, or change those of the same name, scene and attachment')
    .option('--count-from <time>', 'have limits count what was accepted since then, Asia/Shanghai', time)
    .addHelpText('after', countHelp)
    .action(run.onHub<AddOptions>((context, options, file) => addFromFile(context, options, file)))
  addReads(group, run, reads)
  addSwitches(group, run, 'rule', '<id>')
}

/** One after the other: those before one that is refused stay, and the same file can be run again. */
async function addFromFile(context: CommandContext, { countFrom }: AddOptions, file: string): Promise<Report> {
  const core = await context.core()
  if (countFrom !== undefined && countFrom > core.hub.now()) {
    throw new CommandError('usage', '--count-from must lie in the past.', exitCodes.usage)
  }
  const written = readJsonFile(context.resolvePath(file))
  const created = []
  for (const rule of Array.isArray(written) ? (written as unknown[]) : [written]) {
    created.push(await createRule(core, context.operator, { written: rule, countFrom }))
  }
  const lines = created.flatMap(({ id, isRepeat, counted: back }) => [
    isRepeat ? `Rule ${id} was there already.` : `Rule ${id} is set up.`,
    ...(back === undefined ? [] : [`  ${describeCounted(back)}`]),
  ])
  return { value: { rules: created }, lines }
}

const describeCounted = ({ coupons, pendingOrders, redemptions }: CountedBack): string => {
  const counts = [
    coupons > 0 ? counted(coupons, 'coupon') : '',
    pendingOrders > 0 ? counted(pendingOrders, 'pending order') : '',
    redemptions > 0 ? counted(redemptions, 'redemption') : '',
  ].filter((text) => text !== '')
  return counts.length === 0 ? 'There was nothing to count back.' : `Counted back: ${counts.join(', ')}.`
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
