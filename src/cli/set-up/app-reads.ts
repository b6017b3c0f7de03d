import { describeKey } from '../../core/back-office/app-key-input.ts'
import { pairKey, type App } from '../../core/set-up/snapshot.ts'
import type { AppKeyRow } from '../../db/set-up.ts'
import { showFlag, showTime } from '../show.ts'
import type { Reads } from './reads.ts'

export const appReads: Reads<App> = {
  kind: 'app',
  plural: 'apps',
  args: '<face> <id>',
  rows: (setup) => [...setup.apps.values()],
  idOf: (app) => pairKey(app.face, app.id),
  head: ['face', 'id', 'name', 'acts for', 'enabled'],
  cells: (app) => [app.face, app.id, app.name, actsFor(app), showFlag(app.isEnabled)],
  fields: (app) => ({
    face: app.face,
    id: app.id,
    name: app.name,
    'acts for': actsFor(app),
    enabled: showFlag(app.isEnabled),
    tolerance: `${app.settings.toleranceSeconds} s`,
    'requests a second': app.settings.requestsPerSecond ?? 'as the hub is configured',
    networks: app.settings.networks.join(', ') || 'any',
    'signs answers': showFlag(app.settings.isAnswerSigned),
    'signs callbacks by': app.settings.callbackSignType,
    scenes:
      Object.entries(app.settings.sceneWords)
        .map((pair) => pair.join('='))
        .join(', ') || undefined,
    'takes unsigned': app.settings.isUnsignedTaken ? 'yes' : undefined,
    ...Object.fromEntries(app.keys.map((key) => [`${key.direction} key ${key.no}`, showKey(key)])),
    added: showTime(app.createdAt),
  }),
  // Never the row itself: its keys have secrets.
  value: ({ keys, channelIds, ...app }) => ({ ...app, channelIds: [...channelIds], keys: keys.map(describeKey) }),
}

function actsFor({ acceptorId, channelIds, settings }: App): string {
  if (settings.isBackOffice) return 'the back office'
  return acceptorId === null ? `channels ${[...channelIds].join(', ')}` : `acceptor ${acceptorId}`
}

function showKey(key: AppKeyRow): string {
  const { key: shown } = describeKey(key)
  const serial = key.serialNo === null ? '' : `, serial number ${key.serialNo}`
  const end = key.validUntil === null ? '' : ` until ${showTime(key.validUntil)}`
  return `${String(shown)}${serial}, valid from ${showTime(key.validFrom)}${end}`
}
