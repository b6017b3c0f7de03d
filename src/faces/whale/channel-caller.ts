import { refuse } from '../../core/command/errors.ts'
import { requestScope } from '../../core/redeem/redeem.ts'
import type { ChannelCaller } from '../../core/command/callers.ts'
import type { Caller } from './actions/action.ts'
import { face } from './words.ts'
import { id, optional } from './whale-fields.ts'

/** Which channel asks: in every transaction; an app of one channel need not say it. */
export const channelField = { saleChannelId: optional(id(64)) }

/** The channel for which an app asks. Refuses one that does not say which of its channels is meant. */
export function channelOf({ app }: Caller, { saleChannelId }: { saleChannelId?: string | undefined }): ChannelCaller {
  const [only, ...others] = app.channelIds
  const channelId = saleChannelId ?? only
  if (channelId === undefined || (saleChannelId === undefined && others.length > 0)) {
    return refuse('bad_request', 'saleChannelId: is missing: the app acts for several channels', {
      field: 'saleChannelId',
    })
  }
  return { face, appId: app.id, channelId }
}

/** The scope of a channel's `requestId`: unique for ever within its channel. No acceptor's id contains a space. */
export const requestScopeOf = ({ channelId }: ChannelCaller, requestId: string): Buffer =>
  requestScope(`whale ${channelId}`, 'number', requestId)
