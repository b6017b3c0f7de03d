import { z } from 'zod'
import type { AppKeyRow } from '../../db/set-up.ts'
import type { SetupWrite } from '../../db/set-up-writes.ts'
import { dateField, idField } from '../../read/fields.ts'
import { refuse } from '../command/errors.ts'
import type { Operator } from '../command/command.ts'
import { actOnSetup, type SetupCore } from './act.ts'
import {
  describeKey,
  inboundKeySchema,
  outboundKeySchema,
  readInboundKey,
  readOutboundKey,
  type KeyMaterial,
} from './app-key-input.ts'
import { parseInput, requireFound } from './fields.ts'
import { pairKey, type App, type Setup } from '../set-up/snapshot.ts'

const inboundRotationSchema = z.strictObject({
  face: idField(32),
  id: idField(),
  key: inboundKeySchema,
  /** How long the keys of before are still taken. */
  overlapSeconds: z.int().min(0).max(31_536_000),
})
export type InboundRotation = z.input<typeof inboundRotationSchema>

const outboundRotationSchema = z.strictObject({
  face: idField(32),
  id: idField(),
  key: outboundKeySchema.default({}),
  /** From when on the hub signs with the new key; in the past or absent: now. */
  switchAt: dateField.optional(),
})
export type OutboundRotation = z.input<typeof outboundRotationSchema>

/** What a rotation made: `publicKey` is for the partner, null where the key is a shared secret. */
export type RotatedKey = {
  no: number
  serialNo: string | null
  publicKey: string | null
  validFrom: Date
  oldValidUntil: Date | null
}

/** Takes a new key of the partner from now on; those of before are taken for `overlapSeconds` more. */
export function rotateInboundKey(core: SetupCore, operator: Operator, input: InboundRotation): Promise<RotatedKey> {
  const { face, id, key, overlapSeconds } = parseInput(inboundRotationSchema, input)
  const material = readInboundKey(core.hub, face, key)
  return actOnSetup(core, operator, {
    act: 'app.rotate-key',
    subjectKind: 'app',
    decide: (setup, now) => {
      const app = findApp(setup, face, id)
      requireSameKind(app, material, material.secret !== null)
      const end = new Date(now.getTime() + overlapSeconds * 1000)
      const added = makeKey(app, 'inbound', material, now)
      return rotation(app, added, end)
    },
  })
}

/** Makes the hub a new key (or takes the one given), with which it signs from `switchAt` on. */
export async function rotateOutboundKey(
  core: SetupCore,
  operator: Operator,
  input: OutboundRotation,
): Promise<RotatedKey> {
  const { face, id, key, switchAt } = parseInput(outboundRotationSchema, input)
  const material = await readOutboundKey(key, core.hub.keyring)
  return actOnSetup(core, operator, {
    act: 'app.rotate-key',
    subjectKind: 'app',
    decide: (setup, now) => {
      const app = findApp(setup, face, id)
      requireSameKind(app, material, undefined)
      const validFrom = switchAt === undefined || switchAt < now ? now : switchAt
      return rotation(app, makeKey(app, 'outbound', material, validFrom), null)
    },
  })
}

const findApp = (setup: Setup, face: string, id: string): App =>
  requireFound(setup.apps.get(pairKey(face, id)), 'app', pairKey(face, id))

// An app goes on as it began: with a key pair, with a shared secret, or with both. Its own key the hub has for pairs alone.
function requireSameKind(app: App, { publicKey }: KeyMaterial, hasSecret: boolean | undefined): void {
  const newest = app.keys.findLast(({ direction }) => direction === 'inbound')
  const [isPaired, isShared] = [newest?.publicKey != null, newest?.secret != null]
  if (isPaired === (publicKey !== null) && isShared === (hasSecret ?? isShared)) return
  refuse('bad_request', `app ${app.id} ${wordsFor(isPaired, isShared)}`, { field: 'key' })
}

function wordsFor(isPaired: boolean, isShared: boolean): string {
  if (isPaired && isShared) return 'works with a key pair and a shared secret: give both'
  return isPaired ? 'works with key pairs: give a key' : 'shares a secret with its partner: give a new secret'
}

function makeKey(app: App, direction: AppKeyRow['direction'], material: KeyMaterial, validFrom: Date): AppKeyRow {
  const numbers = app.keys.filter((key) => key.direction === direction).map((key) => key.no)
  const no = Math.max(0, ...numbers) + 1
  return { face: app.face, appId: app.id, direction, no, ...material, validFrom, validUntil: null }
}

/** Adds a key; with `end`, what was taken from the partner until now is taken until then at most. */
function rotation(app: App, added: AppKeyRow, end: Date | null) {
  const ending = end === null ? [] : app.keys.filter((key) => isShortened(key, end))
  const { no, serialNo, publicKey, validFrom } = added
  const writes: SetupWrite[] = [
    ...ending.map(({ face, appId, direction, no }) => ({
      table: 'app_keys' as const,
      update: { validUntil: end },
      where: { face, appId, direction, no },
    })),
    { table: 'app_keys', insert: added },
  ]
  return {
    subjectId: pairKey(app.face, app.id),
    before: { keys: app.keys.map(describeKey) },
    after: { added: describeKey(added), oldValidUntil: end },
    writes,
    result: { no, serialNo, publicKey, validFrom, oldValidUntil: end },
  }
}

// A key whose time has not come by the end of the overlap is one that was set up for later: it stays as it is.
const isShortened = (key: AppKeyRow, end: Date): boolean =>
  key.direction === 'inbound' && key.validFrom < end && (key.validUntil === null || key.validUntil > end)
