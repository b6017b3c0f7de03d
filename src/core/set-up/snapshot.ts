import type {
  AcceptorRow,
  ActivityRow,
  ActivityTemplateRow,
  AppKeyRow,
  AppRow,
  ChannelRow,
  CodeSourceRow,
  DeliverLinkRow,
  MerchantRow,
  RouteRow,
  RuleRow,
  SetupRows,
  ShopRow,
  SupplierRow,
  TemplateRow,
} from '../../db/set-up.ts'
import type { Hub } from '../../hub.ts'
import type { Keyring } from '../../keyring.ts'
import { hashCardNoWith } from '../keys/hashes.ts'
import { parseAlphabet } from '../codes/alphabet.ts'
import { createCodeSpace, type CodeSpace } from '../codes/code-space.ts'
import { parseCodePattern, type CodePattern } from '../codes/code-pattern.ts'
import { orderRules, parseRule, type Rule } from '../rules/index.ts'
import {
  acceptorSettingsSchema,
  activitySettingsSchema,
  appSettingsSchema,
  channelSettingsSchema,
  redeemableAtSchema,
  templateSettingsSchema,
  type AcceptorSettings,
  type ActivitySettings,
  type AppSettings,
  type ChannelSettings,
  type RedeemableAt,
  type TemplateSettings,
} from './settings.ts'

export type App = Omit<AppRow, 'settings'> & {
  settings: AppSettings
  keys: AppKeyRow[]
  channelIds: ReadonlySet<string>
}
export type Channel = Omit<ChannelRow, 'settings'> & { settings: ChannelSettings }
export type Acceptor = Omit<AcceptorRow, 'settings'> & { settings: AcceptorSettings }
export type Activity = Omit<ActivityRow, 'settings'> & { settings: ActivitySettings }
export type Template = Omit<TemplateRow, 'redeemableAt' | 'settings'> & {
  redeemableAt: RedeemableAt
  settings: TemplateSettings
}
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
  merchants: ReadonlyMap<string, MerchantRow>
  shops: ReadonlyMap<string, ShopRow>
  activities: ReadonlyMap<string, Activity>
  templates: ReadonlyMap<string, Template>
  /** The pairs by `pairKey(activityId, templateId)`, and by their ticket ids. */
  activityTemplates: ReadonlyMap<string, ActivityTemplateRow>
  tickets: ReadonlyMap<number, ActivityTemplateRow>
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

export function makeSetup(rows: SetupRows, hub: Pick<Hub, 'keyring' | 'ruleSpelling'>): Setup {
  const { keyring } = hub
  const counted = new Set(rows.counters.map((row) => row.key))
  const routes = rows.routes.map((row) => routeOf(row, rows))
  const rules = orderRules(rows.rules.map((row) => ruleOf(row, hub)))
  return {
    version: rows.version,
    apps: new Map(rows.apps.map((row) => [pairKey(row.face, row.id), makeApp(row, rows)])),
    channels: byId(rows.channels.map((row) => ({ ...row, settings: channelSettingsSchema.parse(row.settings) }))),
    acceptors: byId(rows.acceptors.map((row) => ({ ...row, settings: acceptorSettingsSchema.parse(row.settings) }))),
    merchants: new Map(rows.merchants.map((row) => [pairKey(row.acceptorId, row.no), row])),
    shops: new Map(rows.shops.map((row) => [pairKey(row.acceptorId, row.no), row])),
    activities: byId(rows.activities.map((row) => ({ ...row, settings: activitySettingsSchema.parse(row.settings) }))),
    templates: byId(
      rows.templates.map((row) => ({
        ...row,
        redeemableAt: redeemableAtSchema.parse(row.redeemableAt),
        settings: templateSettingsSchema.parse(row.settings),
      })),
    ),
    activityTemplates: new Map(rows.activityTemplates.map((row) => [pairKey(row.activityId, row.templateId), row])),
    tickets: new Map(rows.activityTemplates.map((row) => [row.ticketId, row])),
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
