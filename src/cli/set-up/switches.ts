import type { Command } from 'commander'
import { switchSetup, type SwitchedKind } from '../../core/back-office/switch.ts'
import type { CommandContext } from '../context.ts'
import type { Report } from '../output.ts'
import type { Run } from '../run.ts'

/** Adds `enable` and `disable` to a group. `args` is how what is meant is named: `<id>`, or `<acceptor> <no>`. */
export function addSwitches(group: Command, run: Run, kind: SwitchedKind, args: string): void {
  for (const [name, isEnabled] of [['enable', true] as const, ['disable', false] as const]) {
    group
      .command(`${name} ${args}`)
      .description(isEnabled ? `let the ${kind} work again` : `stop the ${kind}: what it asks is refused`)
      .action(run.onHub((context, _: unknown, ...ids: string[]) => switchOne(context, kind, ids, isEnabled)))
  }
}

async function switchOne(
  context: CommandContext,
  kind: SwitchedKind,
  ids: string[],
  isEnabled: boolean,
): Promise<Report> {
  const { isChanged } = await switchSetup(await context.core(), context.operator, kind, ids, isEnabled)
  const state = isEnabled ? 'enabled' : 'disabled'
  const words = `${kind} ${ids.join(' ')} ${isChanged ? 'is now' : 'was'} ${state}${isChanged ? '' : ' already'}.`
  return { value: { kind, ids, isEnabled, isChanged }, lines: [words] }
}
