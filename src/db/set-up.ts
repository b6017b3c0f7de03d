import type { Queryable, Tx } from './client/client.ts'

/** A row as its table has it: core describes what the columns are. */
type StoredRow = Record<string, unknown>

/** `written` is what an ERP wrote over its own wire, without its secrets; null where an operator set it up. */
type Written = { written: unknown }

export type AppRow = {
  face: string
  id: string
  name: string
  acceptorId: string | null
  isEnabled: boolean
  settings: unknown
  createdAt: Date
}
type AppChannelRow = { face: string; appId: string; channelId: string }
export type AppKeyRow = {
  face: string
  appId: string
  direction: 'inbound' | 'outbound'
  no: number
  serialNo: string | null
  publicKey: string | null
  secret: Buffer | null
  validFrom: Date
  validUntil: Date | null
}
/** Limits per holder: in all and per day (Asia/Shanghai). null is no limit. */
export type HolderLimits = {
  maxPerMember: number | null
  maxPerMemberDay: number | null
  maxPerOpenid: number | null
  maxPerOpenidDay: number | null
}
/** A pair, with the number by which channels order it: it keeps that for ever, and is switched off instead of removed. */
export type ActivityTemplateRow = { activityId: string; templateId: string; ticketId: number; isEnabled: boolean }
export type SupplierRow = Written & {
  id: string
  kind: string
  name: string
  /** The pool that its codes are kept in. */
  sourceId: number
  isEnabled: boolean
  settings: unknown
  secrets: Buffer | null
  createdAt: Date
}
export type DeliverLinkRow = {
  id: string
  channelId: string
  wechatAppId: string
  wechatSecret: Buffer
  /** As URLs name them. */
  hosts: string[]
  isEnabled: boolean
  createdAt: Date
}
/** Whose codes an acceptor's tills may redeem besides ours. */
export type RouteRow = {
  acceptorId: string
  channelType: string
  supplierId: string
  /** How codes look that are taken for the supplier's where no channel type is said; null: none is. */
  codePattern: string | null
  takesScanned: boolean
  isEnabled: boolean
  createdAt: Date
}
/** What the supplier of a route calls a shop. */
export type RouteShopRow = { acceptorId: string; channelType: string; shopNo: string; thirdShopNo: string }
export type RuleRow = {
  id: string
  subjectKind: string
  /** Empty: all of the kind. */
  subjectId: string
  scene: string
  name: string
  /** As createRule brought it, card numbers sealed. */
  written: unknown
  isEnabled: boolean
  revision: number
  createdAt: Date
  updatedAt: Date
}
/** What one coupon of a template costs a channel, in fen. */
type ChannelPriceRow = { channelId: string; templateId: string; settlementPriceFen: number }
export type CodeSourceRow = {
  id: number
  kind: 'space' | 'pool'
  name: string
  alphabet: string | null
  length: number | null
  isEnabled: boolean
  createdAt: Date
}

/** Every set-up table. They are small by nature (set up by people), so every process caches them whole. */
export type SetupRows = {
  version: number
  channels: StoredRow[]
  acceptors: StoredRow[]
  apps: AppRow[]
  appChannels: AppChannelRow[]
  appKeys: AppKeyRow[]
  merchants: StoredRow[]
  shops: StoredRow[]
  activities: StoredRow[]
  templates: StoredRow[]
  activityTemplates: ActivityTemplateRow[]
  codeSources: CodeSourceRow[]
  suppliers: SupplierRow[]
  rules: RuleRow[]
  deliverLinks: DeliverLinkRow[]
  prices: ChannelPriceRow[]
  routes: RouteRow[]
  routeShops: RouteShopRow[]
  counters: { key: string; max: number | null }[]
}

/** Reads all set-up tables, and which counters of stock and balances there are. Within a transaction it is one consistent picture. */
export async function readSetup(sql: Queryable): Promise<SetupRows> {
  const [version, channels, acceptors, apps, appChannels, appKeys, merchants, shops] = await Promise.all([
    sql<{ version: number }[]>`select version from setup_version`,
    sql<StoredRow[]>`select * from channels order by id`,
    sql<StoredRow[]>`select * from acceptors order by id`,
    sql<AppRow[]>`select * from apps order by face, id`,
    sql<AppChannelRow[]>`select * from app_channels order by face, app_id, channel_id`,
    sql<AppKeyRow[]>`select * from app_keys order by face, app_id, direction, valid_from, no`,
    sql<StoredRow[]>`select * from merchants order by acceptor_id, no`,
    sql<StoredRow[]>`select * from shops order by acceptor_id, no`,
  ])
  const [activities, templates, activityTemplates, codeSources, suppliers, rules] = await Promise.all([
    sql<StoredRow[]>`select * from activities order by id`,
    sql<StoredRow[]>`select * from templates order by id`,
    sql<ActivityTemplateRow[]>`select * from activity_templates order by activity_id, template_id`,
    sql<CodeSourceRow[]>`select * from code_sources order by id`,
    sql<SupplierRow[]>`select * from suppliers order by id`,
    sql<RuleRow[]>`select * from rules order by length(id), id`,
  ])
  const [deliverLinks, prices, routes, routeShops, counters] = await Promise.all([
    sql<DeliverLinkRow[]>`select * from deliver_links order by id`,
    sql<ChannelPriceRow[]>`select * from channel_prices order by channel_id, template_id`,
    sql<RouteRow[]>`select * from routes order by acceptor_id, channel_type`,
    sql<RouteShopRow[]>`select * from route_shops order by acceptor_id, channel_type, shop_no`,
    sql<{ key: string; max: number | null }[]>`select key, max from counters
      where key >= 'balance:' and key < 'balance;' or key >= 'stock:' and key < 'stock;' order by key`,
  ])
  return {
    version: version[0]!.version,
    channels: [...channels],
    acceptors: [...acceptors],
    apps: [...apps],
    appChannels: [...appChannels],
    appKeys: [...appKeys],
    merchants: [...merchants],
    shops: [...shops],
    activities: [...activities],
    templates: [...templates],
    activityTemplates: [...activityTemplates],
    codeSources: [...codeSources],
    suppliers: [...suppliers],
    rules: [...rules],
    deliverLinks: [...deliverLinks],
    prices: [...prices],
    routes: [...routes],
    routeShops: [...routeShops],
    counters: [...counters],
  }
}

export async function readSetupVersion(sql: Queryable): Promise<number> {
  const rows = await sql<{ version: number }[]>`select version from setup_version`
  return rows[0]!.version
}

/**
 * Raises the version in the transaction that changes a set-up table. Takes the row's lock, so that set-up changes
 * come one after the other: call it first.
 */
export async function raiseSetupVersion(tx: Tx): Promise<number> {
  const rows = await tx<{ version: number }[]>`update setup_version set version = version + 1 returning version`
  return rows[0]!.version
}

// A process that is paused inside a batch must lose its transaction before those who wait for its locks give up. The
// embedded database has nobody else who waits, and does not survive that it ends a session by itself.
const idleTimeouts = { postgres: '2s', embedded: '0' }
const lockMillisecondsMost = 4_000
const statementTimeout = '5s'

/**
 * Opens a batch: sets how long it may wait and run, and says which set-up it decides by. A process that is paused
 * inside a batch loses its transaction instead of stopping a template for everyone.
 *
 * Every statement of a batch finds its rows by key. On a young table, which has no statistics yet, the planner would
 * rather read it whole and join by hash, and gets slower as the table grows: so those plans are switched off here.
 * Where one is needed nevertheless it looks so dear that it would be compiled, which takes longer than running it.
 *
 * Whoever counts back what limits took no notice of (see `stopBatches`) waits for the batches under way, and new ones for
 * it. The version is asked for behind that lock: a statement sees what was committed when it began.
 */
export async function beginBatch(tx: Tx, lockMilliseconds = lockMillisecondsMost): Promise<number> {
  const [, rows] = await Promise.all([
    tx`
    select set_config('lock_timeout', ${String(lockMilliseconds)}, true),
      set_config('statement_timeout', ${statementTimeout}, true),
      set_config('idle_in_transaction_session_timeout', ${idleTimeouts[tx.kind]}, true),
      set_config('enable_hashjoin', 'off', true),
      set_config('enable_mergejoin', 'off', true),
      set_config('enable_seqscan', 'off', true),
      set_config('jit', 'off', true), pg_advisory_xact_lock_shared(hashtext('quanhub batches'))`,
    tx<{ version: number }[]>`select version from setup_version`,
  ])
  return rows[0]!.version
}
