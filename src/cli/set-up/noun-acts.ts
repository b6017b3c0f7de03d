import type { Command } from 'commander'
import type { SetupCore } from '../../core/back-office/act.ts'
import type { Operator } from '../../core/command/command.ts'
import type { AddInput, Noun, UpdateInput } from '../../core/nouns/noun.ts'
import type { CommandContext } from '../context.ts'
import type { Report } from '../output.ts'
import type { Run } from '../run.ts'
import { addNounOptions, nounInput, type NounAct, type NounOptions } from './noun-options.ts'

/** What does it, and what `add` says besides: in its help, and behind "is added". */
export type NounActs<N extends Noun> = {
  add: (core: SetupCore, operator: Operator, input: AddInput<N>) => Promise<unknown>
  update: (core: SetupCore, operator: Operator, input: UpdateInput<N>) => Promise<unknown>
  addHelp: string
  next?: (id: string, options: NounOptions) => string
  updateHelp?: string
  /** The options of fields that are written in a way of their own, and what they say. */
  own?: {
    addOptions: (command: Command, act: NounAct) => Command
    input: (options: NounOptions, act: NounAct) => object
  }
}

/** How one of a noun is named on the command line: `<id>`, or `<acceptor> <no>`. */
export const argumentsOf = ({ keys }: Noun): string =>
  keys.map((key) => `<${key.replace(/Id$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}>`).join(' ')

/** Adds `add` and `update` to a group, their options drawn from the noun's description. */
export function addActs<N extends Noun>(group: Command, run: Run, noun: N, acts: NounActs<N>): void {
  const { add, update, addHelp, updateHelp = 'change what is given', next = () => '', own } = acts
  const withOptions = (command: Command, name: NounAct): Command => {
    addNounOptions(command, noun, name)
    return own?.addOptions(command, name) ?? command
  }
  const register = (name: NounAct, help: string, work: (context: CommandContext, input: never) => Promise<unknown>) =>
    withOptions(group.command(`${name} ${argumentsOf(noun)}`).description(help), name).action(
      run.onHub(async (context, options: NounOptions, ...ids: string[]): Promise<Report> => {
        const input = { ...nounInput(context, noun, name, ids, options), ...own?.input(options, name) }
        const value = await work(context, input as never)
        const words = name === 'add' ? `is added.${next(ids.at(-1) ?? '', options)}` : 'is changed.'
        return { value, lines: [`${inWords(noun, ids)} ${words}`] }
      }),
    )
  register('add', addHelp, async (context, input) => add(await context.core(), context.operator, input))
  register('update', updateHelp, async (context, input) => update(await context.core(), context.operator, input))
}

/** `Shop S1 of acceptor ACC1`. */
function inWords({ title, keys }: Noun, ids: string[]): string {
  const words = `${title.en[0]!.toUpperCase()}${title.en.slice(1)} ${ids.at(-1)}`
  return keys[0] === 'acceptorId' ? `${words} of acceptor ${ids[0]}` : words
}
