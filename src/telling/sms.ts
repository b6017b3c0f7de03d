import { messageWaitsSeconds, type CallbackProtocol, type Telling } from '../core/notify/callback.ts'
import type { Keyring } from '../keyring.ts'
import { messageText } from './message-text.ts'
import type { ShortMessage, SmsGateway } from './sms-gateway.ts'

/** Short messages to holders, told like any other notification. Without a gateway each attempt fails, saying so. */
export const smsProtocol = (gateway: SmsGateway | undefined): CallbackProtocol => ({
  waitsSeconds: messageWaitsSeconds,
  render: async ({ keyring }, telling) => {
    if (gateway === undefined) throw new Error('there is no gateway for short messages: set QUANHUB_SMS_URL')
    return gateway.request(messageOf(keyring, telling))
  },
  isAccepted: (answer) => gateway?.isAccepted(answer) ?? false,
})

// Named by the notification: an attempt whose answer was lost may have sent it, and the next one must not send another.
function messageOf(keyring: Keyring, telling: Telling): ShortMessage {
  const { notification, order, codes } = telling
  if (order.mobile === null) throw new Error(`order ${order.no} has no number to send a message to`)
  if (codes.length === 0) throw new Error(`order ${order.no} has no codes`)
  return { requestId: notification.no, mobile: keyring.decrypt(order.mobile), text: messageText(telling) }
}
