import { z } from 'zod'
import { HubError } from '../../../core/command/errors.ts'
import { checkOffer } from '../../../core/issue/offer.ts'
import { checkChannelCaller } from '../../../core/command/callers.ts'
import type { Setup } from '../../../core/set-up/snapshot.ts'
import { formatShanghaiCompact } from '../../../time/shanghai.ts'
import { readFields } from '../../fields.ts'
import type { Action } from './action.ts'
import { channelField, channelOf } from '../channel-caller.ts'
import { face } from '../words.ts'
import { success } from '../inserted.ts'
import { useTimesMax } from './MakeCode.ts'
import { compactTime, optional } from '../whale-fields.ts'

const schema = z
  .object({
    ...channelField,
    activityValidStart: optional(compactTime),
    activityValidEnd: optional(compactTime),
  })
  .refine(
    ({ activityValidStart: start, activityValidEnd: end }) => start === undefined || end === undefined || start < end,
    {
      path: ['activityValidEnd'],
      error: 'must lie after activityValidStart',
    },
  )
type Window = Pick<z.output<typeof schema>, 'activityValidStart' | 'activityValidEnd'>

/** 可用券查询: the tickets that a channel may order now; of activities whose time meets the window, where one is given. */
export const ChannelTicketQuery: Action = {
  name: 'ChannelTicketQuery',
  aliases: ['channelTicketQuery'],
  side: 'channel',
  act: async ({ core }, caller, fields) => {
    const asked = readFields(schema, fields)
    const channel = channelOf(caller, asked)
    const setup = await core.setup.refresh()
    checkChannelCaller(setup, channel)
    await core.rememberNonce(caller)
    const tickets = [...setup.activityTemplates.values()]
      .filter((pair) =>
        mayOrder({ setup, faceTerms: core.hub.faceTerms }, { ...pair, channelId: channel.channelId }, caller.at),
      )
      .filter(({ activityId }) => isWithin(setup.activities.get(activityId)!, asked))
      .toSorted((a, b) => a.ticketId - b.ticketId)
    return {
      ...success,
      returnDesc: success.returnMsg,
      data: { total: tickets.length, tickets: tickets.map((pair) => ticketOf(setup, pair)) },
    }
  },
}

type Pair = NonNullable<ReturnType<Setup['activityTemplates']['get']>>

function mayOrder(
  { setup, faceTerms }: Parameters<typeof checkOffer>[0],
  pair: Pair & { channelId: string },
  now: Date,
): boolean {
  try {
    checkOffer({ setup, faceTerms }, { ...pair, face, useTimesMax }, now)
    return true
  } catch (error) {
    if (error instanceof HubError) return false
    throw error
  }
}

const isWithin = (
  { startsAt, endsAt }: { startsAt: Date; endsAt: Date },
  { activityValidStart, activityValidEnd }: Window,
): boolean =>
  (activityValidStart === undefined || endsAt > activityValidStart) &&
  (activityValidEnd === undefined || startsAt < activityValidEnd)

function ticketOf({ activities, templates }: Setup, { activityId, templateId, ticketId }: Pair) {
  const activity = activities.get(activityId)!
  const template = templates.get(templateId)!
  return {
    ticketId,
    ticketName: template.name,
    activityId,
    activityName: activity.name,
    productId: /^[1-9][0-9]{0,14}$/.test(templateId) ? Number(templateId) : templateId,
    ticketType: template.settings.ticketType,
    faceValue: String(template.faceValueFen).padStart(12, '0'),
    useTimes: template.useTimes,
    activityValidStart: formatShanghaiCompact(activity.startsAt),
    activityValidEnd: formatShanghaiCompact(activity.endsAt),
  }
}
