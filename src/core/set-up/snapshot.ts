import type {
  AcceptorRow,
  ActivityRow,
  AppKeyRow,
  AppRow,
  ChannelRow,
  CodeSourceRow,
  MerchantRow,
  SetupRows,
  ShopRow,
  TemplateRow,
} from '../../db/set-up.ts'
import type { Keyring } from '../../keyring.ts'
import { parseAlphabet } from '../codes/alphabet.ts'
import { createCodeSpace, type CodeSpace } from '../codes/code-space.ts'
import {
  acceptorSettingsSchema,
  appSettingsSchema,
  channelSettingsSchema,
  redeemableAtSchema,
  type AcceptorSettings,
  type AppSettings,
  type ChannelSettings,
  type RedeemableAt,
} from './settings.ts'

export type App = Omit<AppRow, 'settings'> & {
  settings: AppSettings
  keys: AppKeyRow[]
  channelIds: ReadonlySet<string>
}
export type Channel = Omit<ChannelRow, 'settings'> & { settings: ChannelSettings }
export type Acceptor = Omit<AcceptorRow, 'settings'> & { settings: AcceptorSettings }
export type Template = Omit<TemplateRow, 'redeemableAt'> & { redeemableAt: RedeemableAt }
export type CodeSource = CodeSourceRow & { space: CodeSpace | undefined }

/** Everything that operators set up, as one consistent picture of one version. Never changed after it is made. */
export type Setup = {
  version: number
  apps: ReadonlyMap<string, App>
  channels: ReadonlyMap<string, Channel>
  acceptors: ReadonlyMap<string, Acceptor>
  merchants: ReadonlyMap<string, MerchantRow>
  shops: ReadonlyMap<string, ShopRow>
  activities: ReadonlyMap<string, ActivityRow>
  templates: ReadonlyMap<string, Template>
  activityTemplates: ReadonlySet<string>
  codeSources: ReadonlyMap<number, CodeSource>
  /** The stock counters that exist. Where there is none, stock is unlimited and nothing is counted. */
  stockKeys: ReadonlySet<string>
}

/** The key of a pair of names. The separator is a space, which no id contains. */
export const pairKey = (first: string, second: string): string => `${first} ${second}`

export function makeSetup(rows: SetupRows, keyring: Keyring): Setup {
  return {
    version: rows.version,
    apps: new Map(rows.apps.map((row) => [pairKey(row.face, row.id), makeApp(row, rows)])),
    channels: byId(rows.channels.map((row) => ({ ...row, settings: channelSettingsSchema.parse(row.settings) }))),
    acceptors: byId(rows.acceptors.map((row) => ({ ...row, settings: acceptorSettingsSchema.parse(row.settings) }))),
    merchants: new Map(rows.merchants.map((row) => [pairKey(row.acceptorId, row.no), row])),
    shops: new Map(rows.shops.map((row) => [pairKey(row.acceptorId, row.no), row])),
    activities: byId(rows.activities),
    templates: byId(
      rows.templates.map((row) => ({ ...row, redeemableAt: redeemableAtSchema.parse(row.redeemableAt) })),
    ),
    activityTemplates: new Set(rows.activityTemplates.map((row) => pairKey(row.activityId, row.templateId))),
    codeSources: new Map(rows.codeSources.map((row) => [row.id, { ...row, space: makeSpace(row, keyring) }])),
    stockKeys: new Set(rows.counters.map((row) => row.key)),
  }
}

const byId = <Row extends { id: string }>(rows: Row[]): Map<string, Row> => new Map(rows.map((row) => [row.id, row]))

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
