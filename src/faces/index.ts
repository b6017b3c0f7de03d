import type { CallbackProtocol } from '../core/callback.ts'
import { lakalaCallbacks } from './lakala/callbacks.ts'

/** How each face that issues tells its channels. A face that only redeems has nobody to call back. */
export const callbackProtocols: ReadonlyMap<string, CallbackProtocol> = new Map([['lakala', lakalaCallbacks]])

/** How long after its cause a face tells the first time, in seconds. */
export function firstWaitSeconds(face: string): number {
  const protocol = callbackProtocols.get(face)
  if (protocol === undefined) throw new Error(`face ${face} has no callbacks`)
  return protocol.waitsSeconds[0]!
}
