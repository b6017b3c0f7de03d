import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { AppKeyRow } from '../../db/set-up.ts'
import type { Hub } from '../../hub.ts'
import type { Keyring } from '../../keyring.ts'
import { idField } from '../../read/fields.ts'
import { refuse } from '../command/errors.ts'

const secretField = z
  .string()
  .min(16, 'has at least 16 characters')
  .max(256, 'has at most 256 characters')
  .regex(/^[\x21-\x7e]*$/, 'must be printable ASCII without spaces')

/** What the partner signs with: a public key (PEM) of its own, or a secret that both know. */
export const inboundKeySchema = z.strictObject({
  publicKey: z.string().optional(),
  secret: secretField.optional(),
  serialNo: idField().optional(),
})

/** What the hub signs with: a private key (PEM); one is made where none is given. */
export const outboundKeySchema = z.strictObject({ privateKey: z.string().optional(), serialNo: idField().optional() })

export type InboundKeyInput = z.input<typeof inboundKeySchema>
export type OutboundKeyInput = z.input<typeof outboundKeySchema>

/** A key as its row holds it, but for where it belongs and when it is valid. */
export type KeyMaterial = Pick<AppKeyRow, 'serialNo' | 'publicKey' | 'secret'>

/**
 * Refuses with `bad_request` where neither is given, or both where the face has no use for that, or the public key cannot be
 * read.
 */
export function readInboundKey({ keyring, faceTerms }: Hub, face: string, input: InboundKeyInput): KeyMaterial {
  const { publicKey, secret, serialNo } = input
  const isBoth = publicKey !== undefined && secret !== undefined
  if ((publicKey === undefined && secret === undefined) || (isBoth && faceTerms.get(face)?.mayHaveBothKeys !== true)) {
    return refuse('bad_request', 'give either a public key or a shared secret', { field: 'publicKey' })
  }
  return {
    serialNo: serialNo ?? null,
    publicKey: publicKey === undefined ? null : pemOf(readPublicKey(publicKey)),
    secret: secret === undefined ? null : keyring.encrypt(secret),
  }
}

const makeKeyPair = promisify(generateKeyPair)

/** The hub's own key, made where none is given. Its serial number is taken from the key itself where absent. */
export async function readOutboundKey(input: OutboundKeyInput, keyring: Keyring): Promise<KeyMaterial> {
  const privateKey =
    input.privateKey === undefined
      ? (await makeKeyPair('rsa', { modulusLength: 2048 })).privateKey
      : readPrivateKey(input.privateKey)
  const publicKey = createPublicKey(privateKey)
  return {
    serialNo: input.serialNo ?? fingerprintOf(pemOf(publicKey)),
    publicKey: pemOf(publicKey),
    secret: keyring.encrypt(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
  }
}

const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString()

/** A name for a public key, 16 hexadecimal digits. */
export const fingerprintOf = (publicKey: string): string =>
  createHash('sha256')
    .update(createPublicKey(publicKey).export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16)

function readPublicKey(text: string): KeyObject {
  if (text.includes('PRIVATE KEY')) {
    return refuse('bad_request', 'publicKey: this is a private key: give its public key', { field: 'publicKey' })
  }
  try {
    return createPublicKey(text)
  } catch (cause) {
    const message = 'publicKey: this is no public key: give a PEM ("-----BEGIN PUBLIC KEY-----") or a certificate'
    return refuse('bad_request', message, { field: 'publicKey', cause })
  }
}

function readPrivateKey(text: string): KeyObject {
  try {
    return createPrivateKey(text)
  } catch (cause) {
    const message = 'privateKey: this is no private key: give a PKCS#8 PEM ("-----BEGIN PRIVATE KEY-----")'
    return refuse('bad_request', message, { field: 'privateKey', cause })
  }
}

/** A key as the audit and the lists show it: what it is known by, never the secret. */
export function describeKey(key: Omit<AppKeyRow, 'face' | 'appId'>): Record<string, unknown> {
  const { direction, no, serialNo, publicKey, validFrom, validUntil } = key
  const both = direction === 'inbound' && key.secret !== null ? ' and a shared secret' : ''
  const shown = publicKey === null ? 'shared secret' : `${fingerprintOf(publicKey)}${both}`
  return { direction, no, serialNo, key: shown, validFrom, validUntil }
}
