import type { Core } from '../core/core.ts'
import type { AskWeChat } from '../faces/openid/wechat-oauth.ts'
import { openSender } from './dispatching.ts'
import type { Sender } from './send.ts'

/** The way to WeChat, over the same guard as every other way out. */
export function openWeChat(core: Core): { ask: AskWeChat; close: Sender['close'] } {
  const sender = openSender(core)
  return { ask: (url) => askOver(sender, url), close: sender.close }
}

async function askOver(sender: Sender, url: string): Promise<unknown> {
  const answer = await sender.send({ method: 'GET', url, headers: { accept: 'application/json' } })
  if (answer.kind === 'failed' || answer.status !== 200 || answer.isCut) return undefined
  try {
    return JSON.parse(answer.body) as unknown
  } catch {
    return undefined
  }
}
