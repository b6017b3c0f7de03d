import type { Queryable } from '../../db/client/client.ts'
import {
  type ActivityTemplateRow,
  type AppKeyRow,
  type AppRow,
  type CodeSourceRow,
  type DeliverLinkRow,
  type RouteRow,
  type RuleRow,
  type SetupRows,
  type SupplierRow,
  readSetup,
  readSetupVersion,
} from '../../db/set-up.ts'
import type { Hub } from '../../hub.ts'
import type { Keyring } from '../../keyring.ts'
import { parseCodePattern, type CodePattern } from '../codes/code-pattern.ts'
import { parseAlphabet, createCodeSpace, type CodeSpace } from '../codes/code-space.ts'
import { hashCardNoWith } from '../keys/hashes.ts'
import { acceptor, type AcceptorRow } from '../nouns/acceptor.ts'
import { activity, type ActivityRow } from '../nouns/activity.ts'
import { channel, type ChannelRow } from '../nouns/channel.ts'
import { merchant, type MerchantRow } from '../nouns/merchant.ts'
import { readRow } from '../nouns/noun.ts'
import { shop, type ShopRow } from '../nouns/shop.ts'
import { template, type TemplateRow } from '../nouns/template.ts'
import { orderRules, parseRule, type Rule } from '../rules/index.ts'
import { appSettingsSchema, type AppSettings } from './settings.ts'

export type App = Omit<AppRow, 'settings'> & {
  settings: AppSettings
  keys: AppKeyRow[]
  channelIds: ReadonlySet<string>
}
export type Channel = ChannelRow
export type Acceptor = AcceptorRow
export type Merchant = MerchantRow
export type Shop = ShopRow
export type Activity = ActivityRow
export type Template = TemplateRow
/** A supplier as it was set up; its settings are read by its kind, together with its secrets. */
export type SupplierSetup = Omit<SupplierRow, 'settings' | 'secrets'> & { settings: Record<string, unknown> }
export type DeliverLink = DeliverLinkRow
export type Route = Omit<RouteRow, 'codePattern'> & {
  codePattern: CodePattern | undefined
  /** What the supplier calls shops, by our shop number. */
  thirdShopNos: ReadonlyMap<string, string>
}
export type CodeSource = CodeSourceRow & { space: CodeSpace | undefined }

/** Everything that operators set up, as one consistent picture of one version. Never changed after it is made. */
export type Setup = {
  version: number
  apps: ReadonlyMap<string, App>
  channels: ReadonlyMap<string, Channel>
  acceptors: ReadonlyMap<string, Acceptor>
  merchants: ReadonlyMap<string, Merchant>
  shops: ReadonlyMap<string, Shop>
  activities: ReadonlyMap<string, Activity>
  templates: ReadonlyMap<string, Template>
  /** The pairs that are switched on, by `pairKey(activityId, templateId)`, and by their ticket ids. */
  activityTemplates: ReadonlyMap<string, ActivityTemplateRow>
  tickets: ReadonlyMap<number, ActivityTemplateRow>
  /** The pairs that are switched off: what was ordered by them is still known by their numbers. */
  formerPairs: ReadonlyMap<string, ActivityTemplateRow>
  suppliers: ReadonlyMap<string, SupplierSetup>
  /** Routes by `pairKey(acceptorId, channelType)`, and those of each acceptor in the order of their channel types. */
  routes: ReadonlyMap<string, Route>
  routesOfAcceptor: ReadonlyMap<string, readonly Route[]>
  /** Every rule, in the order in which rules are asked; and those that are switched on, by scene. */
  rules: readonly Rule[]
  rulesOfScene: ReadonlyMap<string, Rule[]>
  ruleRows: ReadonlyMap<string, RuleRow>
  deliverLinks: ReadonlyMap<string, DeliverLink>
  codeSources: ReadonlyMap<number, CodeSource>
  /** The stock counters that exist. Where there is none, stock is unlimited and nothing is counted. */
  stockKeys: ReadonlySet<string>
  /** What one coupon costs a channel, in fen, by `pairKey(channelId, templateId)`. Where there is none: its face value. */
  prices: ReadonlyMap<string, number>
  /** The counters of prepaid balances that exist. Where a channel has none, nothing is taken from it. */
  balanceKeys: ReadonlySet<string>
}

/** The key of a pair of names. The separator is a space, which no id contains. */
export const pairKey = (first: string, second: string): string => `${first} ${second}`

/** The template of something that was made by it: templates are never deleted, so that it is there. */
export function templateOf({ templates }: Pick<Setup, 'templates'>, { templateId }: { templateId: string }): Template {
  const template = templates.get(templateId)
  if (template === undefined) throw new Error(`template ${templateId} is missing`)
  return template
}

export function makeSetup(rows: SetupRows, hub: Pick<Hub, 'keyring' | 'ruleSpelling'>): Setup {
  const { keyring } = hub
  const counted = new Set(rows.counters.map((row) => row.key))
  const routes = rows.routes.map((row) => routeOf(row, rows))
  const rules = orderRules(rows.rules.map((row) => ruleOf(row, hub)))
  const pairs = rows.activityTemplates.filter(({ isEnabled }) => isEnabled)
  return {
    version: rows.version,
    apps: new Map(rows.apps.map((row) => [pairKey(row.face, row.id), makeApp(row, rows)])),
    channels: byId(rows.channels.map((row) => readRow(channel, row))),
    acceptors: byId(rows.acceptors.map((row) => readRow(acceptor, row))),
    merchants: byNo(rows.merchants.map((row) => readRow(merchant, row))),
    shops: byNo(rows.shops.map((row) => readRow(shop, row))),
    activities: byId(rows.activities.map((row) => readRow(activity, row))),
    templates: byId(rows.templates.map((row) => readRow(template, row))),
    activityTemplates: byPair(pairs),
    tickets: new Map(pairs.map((row) => [row.ticketId, row])),
    formerPairs: byPair(rows.activityTemplates.filter(({ isEnabled }) => !isEnabled)),
    suppliers: byId(rows.suppliers.map((row) => supplierOf(row, keyring))),
    routes: new Map(routes.map((route) => [pairKey(route.acceptorId, route.channelType), route])),
    routesOfAcceptor: groupBy(routes, ({ acceptorId }) => acceptorId),
    rules,
    rulesOfScene: groupBy(
      rules.filter(({ isActive }) => isActive),
      ({ scene }) => scene,
    ),
    ruleRows: byId(rows.rules),
    deliverLinks: byId(rows.deliverLinks),
    codeSources: new Map(rows.codeSources.map((row) => [row.id, { ...row, space: makeSpace(row, keyring) }])),
    stockKeys: new Set([...counted].filter((key) => key.startsWith('stock:'))),
    prices: new Map(rows.prices.map((row) => [pairKey(row.channelId, row.templateId), row.settlementPriceFen])),
    balanceKeys: new Set([...counted].filter((key) => key.startsWith('balance:'))),
  }
}

const byId = <Row extends { id: string }>(rows: Row[]): Map<string, Row> => new Map(rows.map((row) => [row.id, row]))

const byNo = <Row extends { acceptorId: string; no: string }>(rows: Row[]): Map<string, Row> =>
  new Map(rows.map((row) => [pairKey(row.acceptorId, row.no), row]))

function supplierOf({ secrets, settings, ...row }: SupplierRow, keyring: Keyring): SupplierSetup {
  const secret = secrets === null ? {} : (JSON.parse(keyring.decrypt(secrets)) as object)
  return { ...row, settings: { ...(settings as object), ...secret } }
}

function routeOf({ codePattern, ...row }: RouteRow, { routeShops }: SetupRows): Route {
  const shops = routeShops.filter(
    ({ acceptorId, channelType }) => acceptorId === row.acceptorId && channelType === row.channelType,
  )
  return {
    ...row,
    codePattern: codePattern === null ? undefined : parseCodePattern(codePattern),
    thirdShopNos: new Map(shops.map(({ shopNo, thirdShopNo }) => [shopNo, thirdShopNo])),
  }
}

const byPair = (rows: readonly ActivityTemplateRow[]) =>
  new Map(rows.map((row) => [pairKey(row.activityId, row.templateId), row]))

/** The number of a pair, switched on or off; undefined where there is no such pair. */
export function ticketIdOf(
  { activityTemplates, formerPairs }: Setup,
  { activityId, templateId }: { activityId: string; templateId: string },
): number | undefined {
  const key = pairKey(activityId, templateId)
  return (activityTemplates.get(key) ?? formerPairs.get(key))?.ticketId
}

// A rule is read once for each of its revisions: expressions are dear to prepare, and lists may be long.
const preparedRules = new WeakMap<Keyring, Map<string, { revision: number; rule: Rule }>>()

function ruleOf(row: RuleRow, { keyring, ruleSpelling: spelling }: Pick<Hub, 'keyring' | 'ruleSpelling'>): Rule {
  const prepared = preparedRules.get(keyring) ?? new Map<string, { revision: number; rule: Rule }>()
  preparedRules.set(keyring, prepared)
  const known = prepared.get(row.id)
  if (known?.revision === row.revision) return known.rule
  const parsed = parseRule(row.written, { id: row.id, spelling, hashCardNo: hashCardNoWith(keyring) })
  if ('refusal' in parsed) throw new Error(`rule ${row.id} cannot be read: ${JSON.stringify(parsed.refusal)}`)
  const rule = { ...parsed.rule, isActive: row.isEnabled }
  prepared.set(row.id, { revision: row.revision, rule })
  return rule
}

function groupBy<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row])
  return groups
}

function makeApp(row: AppRow, rows: SetupRows): App {
  const isOfApp = (other: { face: string; appId: string }): boolean => other.face === row.face && other.appId === row.id
  return {
    ...row,
    settings: appSettingsSchema.parse(row.settings),
    keys: rows.appKeys.filter(isOfApp),
    channelIds: new Set(rows.appChannels.filter(isOfApp).map((pair) => pair.channelId)),
  }
}

function makeSpace(row: CodeSourceRow, keyring: Keyring): CodeSpace | undefined {
  if (row.alphabet === null || row.length === null) return undefined
  return createCodeSpace({
    id: row.id,
    alphabet: parseAlphabet(row.alphabet),
    length: row.length,
    key: keyring.codesKey(row.id),
  })
}

/**
 * The set-up as this process knows it. Every batch reads the version in its own transaction and decides by exactly
 * that set-up; what is decided before a batch (whose key is this?) uses a picture that is at most a second old.
 */
export type SetupCache = {
  /** The newest picture that this process has read. */
  current: () => Setup
  /** The picture of this version, read anew through `sql` where it has changed. */
  at: (version: number, sql: Queryable) => Promise<Setup>
  /** Looks whether there is a newer version. */
  refresh: () => Promise<Setup>
}

export async function createSetupCache(hub: Hub): Promise<SetupCache> {
  const { database } = hub
  let setup = makeSetup(await database.transaction(readSetup), hub)
  const remember = (read: Setup): Setup => {
    if (read.version > setup.version) setup = read
    return read
  }
  const at = async (version: number, sql: Queryable): Promise<Setup> =>
    version === setup.version ? setup : remember(makeSetup(await readSetup(sql), hub))
  return {
    current: () => setup,
    at,
    refresh: async () => {
      const version = await readSetupVersion(database.sql)
      return version === setup.version ? setup : remember(makeSetup(await database.transaction(readSetup), hub))
    },
  }
}
