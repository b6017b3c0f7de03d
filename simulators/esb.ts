import type { ServerResponse } from 'node:http'
import { answer, answerControl } from './esb-answer.ts'
import { act } from './esb-desk.ts'
import type { EsbDesk, EsbRequest } from './esb-desk.ts'
import type { EsbEncryptType } from './esb-encryption.ts'
import { createEsbModes, esbPaths, isEsbPath, parseEsbMode } from './esb-modes.ts'
import type { EsbModeSetting } from './esb-modes.ts'
import { createEsbOrders } from './esb-orders.ts'
import { createInbox } from './inbox.ts'
import type { Inbox } from './inbox.ts'
import { parseJson } from './json.ts'
import { serve } from './serve.ts'
import type { ServedRequest, ServeOptions } from './serve.ts'

export type EsbOptions = ServeOptions & {
  /** How codes are encrypted, with the `orderEncryptKey` of each request; `none` where absent. */
  encryptType?: EsbEncryptType
  now?: () => Date
  /** How many requests the inbox keeps, the newest; 10,000 where absent. */
  inboxLimit?: number
}

export type Esb = {
  url: string
  makeCodeURL: string
  verifyURL: string
  verifyNotifyURL: string
  /** Oldest first; the same array all along. */
  inbox: readonly EsbRequest[]
  waitFor: Inbox<EsbRequest>['waitFor']
  /** The codes of an order, as they are before encryption; none where there is no such order. */
  codesOf: (sendChannelOrderId: string) => string[]
  /** @throws where the setting is none, with a sentence that says what to change. */
  setMode: (setting: EsbModeSetting) => void
  close: () => Promise<void>
}

function handle(desk: EsbDesk, request: ServedRequest, response: ServerResponse): void {
  const { method, path, text } = request
  if (method !== 'POST' || !isEsbPath(path)) return answerControl(desk, request, response)
  const body = parseJson(text)
  const step = desk.modes.take(path)
  desk.inbox.add({ path, receivedAt: desk.now(), body, mode: step.mode })
  return answer(response, act(desk, path, body, step.mode), step)
}

/**
 * Starts an ESB (Whale, ESB制码订单). It is told how to answer in code or over HTTP (`GET /` explains).
 * @throws where the port is taken.
 */
export async function startEsb(options: EsbOptions = {}): Promise<Esb> {
  const { encryptType = 'none', now = () => new Date(), inboxLimit = 10_000 } = options
  const inbox = createInbox<EsbRequest>('request', inboxLimit)
  const [orders, modes] = [createEsbOrders(), createEsbModes()]
  const desk: EsbDesk = { orders, modes, inbox, verified: new Map(), encryptType, now }
  const { url, close } = await serve(options, (request, response) => handle(desk, request, response))
  return {
    url,
    makeCodeURL: url + esbPaths.make,
    verifyURL: url + esbPaths.verify,
    verifyNotifyURL: url + esbPaths.notify,
    inbox: inbox.items,
    waitFor: inbox.waitFor,
    codesOf: orders.codesOf,
    setMode: (setting) => modes.set(parseEsbMode(setting)),
    close: async () => {
      inbox.close()
      await close()
    },
  }
}
