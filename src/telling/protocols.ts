import type { Config } from '../config.ts'
import { messageProtocolKey, type CallbackProtocol } from '../core/notify/callback.ts'
import { callbackProtocols } from '../faces/index.ts'
import { smsProtocol } from './sms.ts'
import { createHttpSmsGateway } from './sms-gateway.ts'

/** How everyone is told, by the keys of `protocolKeyOf`: partners in the words of their face, holders by short message. */
export function protocolsOf({ smsUrl, smsKey }: Config): ReadonlyMap<string, CallbackProtocol> {
  const gateway =
    smsUrl === undefined || smsKey === undefined ? undefined : createHttpSmsGateway({ url: smsUrl, key: smsKey })
  return new Map([...callbackProtocols, [messageProtocolKey, smsProtocol(gateway)]])
}
