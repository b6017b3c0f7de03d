import { type Command, Option } from 'commander'
import { fieldsOf, type Field, type Noun } from '../../core/nouns/noun.ts'
import type { CommandContext } from '../context.ts'
import { readJsonFile } from '../files.ts'
import { whole } from '../parse.ts'
import { requireCallbackUrl } from './addresses.ts'
import { ways } from './ways.ts'

// The options of `add` and `update`, drawn from a noun's description.

export type NounAct = 'add' | 'update'
/** What commander read, by the names that it gives to options. */
export type NounOptions = Record<string, unknown>

/** `--max-per-member`: by the title, or as the description says. */
const flagOf = ({ option, title }: Field): string => `--${option ?? title.en.replaceAll(' ', '-')}`

const optionName = (field: Field): string => new Option(flagOf(field)).attributeName()

/** The fields that an act's options say, but those with a way of their own. What names one stands before, as arguments. */
const saidFields = (noun: Noun, act: NounAct): [string, Field][] =>
  fieldsOf(noun).filter(
    ([name, { kind, place, change }]) =>
      place !== 'kept' && kind !== 'own' && !noun.keys.includes(name) && (act === 'add' || change === 'always'),
  )

export function addNounOptions(command: Command, noun: Noun, act: NounAct): Command {
  for (const [, field] of saidFields(noun, act)) {
    command.addOption(optionOf(field, act))
    const isTaken = field.kind === 'flag' || act === 'update'
    if (field.helpNot !== undefined && isTaken) {
      command.option(flagOf(field).replace('--', '--no-'), field.helpNot)
    }
  }
  return command
}

function optionOf(field: Field, act: NounAct): Option {
  const { placeholder, read } = ways[field.kind]
  const option = new Option(`${flagOf(field)} ${field.placeholder ?? placeholder}`.trim(), field.help)
  if (field.choices !== undefined) option.choices(field.choices)
  if (field.range !== undefined) option.argParser(whole(...field.range))
  if (read !== undefined) option.argParser(read)
  const isRequired = field.isRequired === true || (field.place === 'column' && field.initial === undefined)
  return option.makeOptionMandatory(act === 'add' && isRequired)
}

/**
 * What an act is asked: the names of the one that is meant, and what the options say; the act itself checks it. Refuses
 * addresses that may not be called.
 */
export function nounInput(context: CommandContext, noun: Noun, act: NounAct, ids: string[], options: NounOptions) {
  const said = saidFields(noun, act).flatMap(([name, field]) => {
    const read = options[optionName(field)]
    return read === undefined ? [] : [{ name, place: field.place, value: valueOf(context, field, read) }]
  })
  const named = noun.keys.map((key, i) => [key, ids[i] ?? ''])
  const given = (isMeant: (place: Field['place']) => boolean) =>
    said.filter(({ place }) => isMeant(place)).map(({ name, value }) => [name, value])
  const settings = given((place) => place === 'setting')
  return {
    ...Object.fromEntries([...named, ...given((place) => place !== 'setting')]),
    ...(settings.length === 0 ? {} : { settings: Object.fromEntries(settings) as object }),
  } as Record<string, unknown>
}

function valueOf(context: CommandContext, field: Field, read: unknown): unknown {
  if (field.kind === 'url') requireCallbackUrl(context, flagOf(field), read as string)
  if (field.kind === 'json') return readJsonFile(context.resolvePath(read as string))
  if (read === false && field.kind !== 'flag') return null
  const { meant } = ways[field.kind]
  return meant === undefined ? read : meant(read as never)
}
