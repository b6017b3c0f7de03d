import { messageProtocolKey, messageWaitsSeconds, type CallbackProtocol } from '../core/notify/callback.ts'
import { exchangeCallbacks } from './exchange/callbacks.ts'
import { lakalaCallbacks } from './lakala/callbacks.ts'
import { whaleCallbacks } from './whale/callbacks.ts'

/** How each face that issues tells its partners. A face that only redeems has nobody to call back. */
export const callbackProtocols: ReadonlyMap<string, CallbackProtocol> = new Map([
  ['lakala', lakalaCallbacks],
  ['whale', whaleCallbacks],
  ['exchange', exchangeCallbacks],
])

/** How long after its cause a protocol (see `protocolKeyOf`) tells the first time, in seconds. */
export function firstWaitSeconds(protocolKey: string): number {
  if (protocolKey === messageProtocolKey) return messageWaitsSeconds[0]!
  const protocol = callbackProtocols.get(protocolKey)
  if (protocol === undefined) throw new Error(`face ${protocolKey} has no callbacks`)
  return protocol.waitsSeconds[0]!
}
