import { hash } from 'node:crypto'
import { findNonces, nonceSlotAt, nonceSlotsSince, type NonceRow } from '../../db/nonces.ts'
import type { Queryable } from '../../db/client/client.ts'
import { refuse } from './errors.ts'

/** A nonce as a request brought it. It is remembered for twice the app's tolerance, shared by all processes. */
export type Nonce = { hash: Buffer; toleranceSeconds: number }

export function makeNonceKey(face: string, appId: string, nonce: string, toleranceSeconds: number): Nonce {
  return { hash: hash('sha256', `${face}\n${appId}\n${nonce}`, 'buffer').subarray(0, 16), toleranceSeconds }
}

/** Nonces heard already, by the hex of their hash: which command brought each. */
export type KnownNonces = Map<string, string>

type WithNonce = { no: string; nonce?: Nonce | undefined }

export async function loadNonces(tx: Queryable, commands: WithNonce[], now: Date): Promise<KnownNonces> {
  const nonces = commands.flatMap((command) => (command.nonce === undefined ? [] : [command.nonce]))
  if (nonces.length === 0) return new Map()
  const seconds = 2 * Math.max(...nonces.map((nonce) => nonce.toleranceSeconds))
  const rows = await findNonces(
    tx,
    nonces.map((nonce) => nonce.hash),
    nonceSlotsSince(now, seconds),
  )
  return new Map(rows.map((row) => [row.hash.toString('hex'), row.commandNo]))
}

/** Refuses a nonce that another command has brought: `request_replayed`. */
export function refuseReplay(heard: KnownNonces, command: WithNonce): void {
  if (command.nonce === undefined) return
  const commandNo = heard.get(command.nonce.hash.toString('hex'))
  if (commandNo !== undefined && commandNo !== command.no) refuse('request_replayed', 'the nonce was used before')
}

/** Remembers the command's nonce among those heard, and gives the row to write; none where it is written already. */
export function rememberNonce(heard: KnownNonces, command: WithNonce, now: Date): NonceRow[] {
  if (command.nonce === undefined) return []
  const key = command.nonce.hash.toString('hex')
  if (heard.has(key)) return []
  heard.set(key, command.no)
  return [{ slot: nonceSlotAt(now), hash: command.nonce.hash, commandNo: command.no }]
}
