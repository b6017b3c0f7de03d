import { z } from 'zod'

/** How people write and read a value: options, forms and lists go by it. `own` is written and shown in a way of its own. */
export type FieldKind =
  | 'id'
  | 'ids'
  | 'name'
  | 'text'
  | 'url'
  | 'time'
  | 'limit'
  | 'stock'
  | 'flag'
  | 'word'
  | 'cut-off'
  | 'written'
  | 'fen'
  | 'count'
  | 'place'
  | 'json'
  | 'own'

export type Wire = 'lakala' | 'shoubei' | 'whale' | 'exchange'

/** One thing that is known of a noun. What only some fields have may be left out. */
export type Field = {
  kind: FieldKind
  title: { zh: string; en: string }
  /** What it says, in one line. */
  help: string
  /** What it may be. A setting that need not be set is optional here, or has its default. */
  schema: z.ZodType
  /** `column`: of its table; `setting`: in the column `settings`; `apart`: in other tables; `kept`: a column that only the hub and its own acts write. */
  place: 'column' | 'setting' | 'apart' | 'kept'
  /** Whether an update may say it too, or only what adds it. */
  change: 'always' | 'never'
  /** What a column holds where nothing is said when it is added (absent: it must be said); `own name`: the last of the keys. */
  initial?: { value: unknown } | 'own name'
  /** Whether what is no column must be said when it is added. */
  isRequired?: boolean
  example?: string
  /** What the partners' documents call it. */
  wires?: Partial<Record<Wire, string>>
  /** How the command line calls it, where not by its title, and what it takes. */
  option?: string
  placeholder?: string
  /** The least and the greatest that a count may be. */
  range?: readonly [number, number]
  /** The words that it may be. */
  choices?: readonly string[]
  /** What its being switched off, or taken away, says: it has a `--no-…` then. */
  helpNot?: string
  /** What people see where it is not set (absent: nothing at all). */
  unset?: string
}

export type Noun = {
  key: string
  plural: string
  title: { zh: string; en: string }
  help: string
  table: string
  /** The fields that name one, in this order. */
  keys: readonly string[]
  /** The fields that a list shows. */
  list: readonly string[]
  fields: Readonly<Record<string, Field>>
}

/** Keeps what a description says to the letter, so that the types of rows and inputs follow from it. */
export const defineNoun = <const Described extends Noun>(noun: Described): Described => noun

type At<N extends Noun, Place extends Field['place']> = {
  -readonly [K in keyof N['fields'] as N['fields'][K]['place'] extends Place ? K : never]: N['fields'][K]
}
type Schemas<Fields> = {
  -readonly [K in keyof Fields]: Fields[K] extends { schema: infer S extends z.ZodType } ? S : never
}
type Shape<N extends Noun, Place extends Field['place']> = Schemas<At<N, Place>>
type Changing<N extends Noun> = {
  [K in keyof At<N, 'column' | 'apart'> as At<N, 'column' | 'apart'>[K] extends { change: 'always' } ? K : never]: At<
    N,
    'column' | 'apart'
  >[K]
}
type Adding<N extends Noun> = {
  [K in keyof At<N, 'column'>]: At<N, 'column'>[K] extends { schema: infer S extends z.ZodType; initial: unknown }
    ? z.ZodOptional<S>
    : Schemas<At<N, 'column'>>[K]
}
type Keys<N extends Noun> = Record<N['keys'][number], string>
type GivenSettings<N extends Noun> = { settings?: Partial<z.input<z.ZodObject<Shape<N, 'setting'>>>> | undefined }

export type SettingsOf<N extends Noun> = z.output<z.ZodObject<Shape<N, 'setting'>>>
/** A row of the noun's table, its settings as they are understood. */
export type RowOf<N extends Noun> = z.output<z.ZodObject<Shape<N, 'column' | 'kept'>>> &
  ([keyof At<N, 'setting'>] extends [never] ? unknown : { settings: SettingsOf<N> })
export type AddInput<N extends Noun> = z.input<z.ZodObject<Adding<N> & Shape<N, 'apart'>>> & GivenSettings<N>
export type UpdateInput<N extends Noun> = Keys<N> &
  Partial<z.input<z.ZodObject<Schemas<Changing<N>>>>> &
  GivenSettings<N>

/** The fields of a noun in their order. */
export const fieldsOf = (noun: Noun): [string, Field][] => Object.entries(noun.fields)

const shapeOf = (noun: Noun, isMeant: (field: Field, name: string) => boolean): Record<string, z.ZodType> =>
  Object.fromEntries(
    fieldsOf(noun)
      .filter(([name, field]) => isMeant(field, name))
      .map(([name, { schema }]) => [name, schema]),
  )

// Preparing a schema takes longer than reading a row by it, and there may be many rows.
const settingsSchemas = new WeakMap<Noun, z.ZodObject>()

/** What a noun's settings may be, defaults filled in. */
export function settingsSchemaOf<N extends Noun>(noun: N): z.ZodObject<Shape<N, 'setting'>> {
  const schema = settingsSchemas.get(noun) ?? z.strictObject(shapeOf(noun, ({ place }) => place === 'setting'))
  settingsSchemas.set(noun, schema)
  return schema as unknown as z.ZodObject<Shape<N, 'setting'>>
}

const givenSettings = z.record(z.string(), z.unknown()).optional()
/** Whether its table has the column `settings`. */
export const hasSettings = (noun: Noun): boolean => fieldsOf(noun).some(([, { place }]) => place === 'setting')

/** What may be said when one is added; settings are looked at by `settingsSchemaOf`. */
export const addSchemaOf = (noun: Noun): z.ZodObject =>
  z
    .strictObject(shapeOf(noun, ({ place }) => place === 'apart'))
    .extend(shapeOf(noun, ({ place, initial }) => place === 'column' && initial === undefined))
    .extend(
      z.object(shapeOf(noun, ({ place, initial }) => place === 'column' && initial !== undefined)).partial().shape,
    )
    .extend(hasSettings(noun) ? { settings: givenSettings } : {})

/** What an update may say: which one, and what is to change. */
export const updateSchemaOf = (noun: Noun): z.ZodObject =>
  z
    .strictObject(
      shapeOf(noun, ({ place, change }) => (place === 'column' || place === 'apart') && change === 'always'),
    )
    .partial()
    .extend(shapeOf(noun, (_, name) => noun.keys.includes(name)))
    .extend(hasSettings(noun) ? { settings: givenSettings } : {})

/** The columns of a new row where something was said of some: the rest is what the description begins with. */
export function newColumns(noun: Noun, given: Record<string, unknown>): Record<string, unknown> {
  const ownName = given[noun.keys.at(-1)!]
  const columns = fieldsOf(noun).filter(([, { place }]) => place === 'column')
  return Object.fromEntries(
    columns.map(([name, { initial }]) => [name, given[name] ?? (initial === 'own name' ? ownName : initial?.value)]),
  )
}

/** A row as it is stored, its settings read by the noun's description. */
export const readRow = <N extends Noun>(noun: N, row: Record<string, unknown>): RowOf<N> =>
  ({ ...row, ...(hasSettings(noun) ? { settings: settingsSchemaOf(noun).parse(row['settings']) } : {}) }) as RowOf<N>
