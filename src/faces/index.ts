import { messageProtocolKey, messageWaitsSeconds, type CallbackProtocol } from '../core/notify/callback.ts'
import type { FaceTerms } from '../hub.ts'
import { exchangeCallbacks } from './exchange/callbacks.ts'
import { exchangeTerms } from './exchange/order-fields.ts'
import { lakalaCallbacks } from './lakala/callbacks.ts'
import { whaleCallbacks } from './whale/callbacks.ts'

/** How each face that issues tells its partners. A face that only redeems has nobody to call back. */
export const callbackProtocols: ReadonlyMap<string, CallbackProtocol> = new Map([
  ['lakala', lakalaCallbacks],
  ['whale', whaleCallbacks],
  ['exchange', exchangeCallbacks],
])

/** What faces ask of what is ordered over them; one that is not here asks nothing. */
export const faceTerms: ReadonlyMap<string, FaceTerms> = new Map([['exchange', exchangeTerms]])

/**
 * What partners hear where an operator ended a request in a supplier's place. It is the same whatever the operator's reason
 * was: that one is a note among operators, and stands in the audit alone.
 */
export const givenUpWords = '通道无结果，人工确认未办理'

/** How long after its cause a protocol (see `protocolKeyOf`) tells the first time, in seconds. */
export function firstWaitSeconds(protocolKey: string): number {
  if (protocolKey === messageProtocolKey) return messageWaitsSeconds[0]!
  const protocol = callbackProtocols.get(protocolKey)
  if (protocol === undefined) throw new Error(`face ${protocolKey} has no callbacks`)
  return protocol.waitsSeconds[0]!
}
