import { z } from 'zod'
import type { Setup } from '../../core/set-up/snapshot.ts'
import { formatShanghaiCompact } from '../../wire/time.ts'
import { readFields } from '../fields.ts'
import type { Action } from './action.ts'
import { channelField, channelOf } from './channel-caller.ts'
import { success } from './inserted.ts'
import { compactTime, optional } from './whale-fields.ts'

const schema = z.object({
  ...channelField,
  activityValidStart: optional(compactTime),
  activityValidEnd: optional(compactTime),
})
type Window = Pick<z.output<typeof schema>, 'activityValidStart' | 'activityValidEnd'>

/** 可用券查询: the tickets that a channel may order now; of activities that lie in the window, where one is given. */
export const ChannelTicketQuery: Action = {
  name: 'ChannelTicketQuery',
  aliases: ['channelTicketQuery'],
  side: 'channel',
  act: async ({ core }, caller, fields) => {
    const asked = readFields(schema, fields)
    const { channelId } = channelOf(caller, asked)
    await core.hear(caller)
    const setup = await core.setup.refresh()
    const tickets = ticketsOf(setup, channelId, asked, caller.at)
    return { ...success, returnDesc: success.returnMsg, data: { total: tickets.length, tickets } }
  },
}

function ticketsOf(setup: Setup, channelId: string, { activityValidStart, activityValidEnd }: Window, now: Date) {
  return [...setup.activityTemplates.values()].flatMap(({ activityId, templateId, ticketId }) => {
    const activity = setup.activities.get(activityId)
    const template = setup.templates.get(templateId)
    if (activity === undefined || template === undefined) return []
    const isOpen = activity.isEnabled && template.isEnabled && now < activity.endsAt
    const isOwn = (activity.settings.channelId ?? channelId) === channelId
    const isWithin =
      (activityValidStart === undefined || activity.endsAt > activityValidStart) &&
      (activityValidEnd === undefined || activity.startsAt < activityValidEnd)
    if (!isOpen || !isOwn || !isWithin) return []
    return [
      {
        ticketId,
        ticketName: template.name,
        activityId,
        activityName: activity.name,
        productId: /^[1-9][0-9]{0,15}$/.test(templateId) ? Number(templateId) : templateId,
        ticketType: template.settings.ticketType,
        faceValue: String(template.faceValueFen).padStart(12, '0'),
        useTimes: template.useTimes,
        activityValidStart: formatShanghaiCompact(activity.startsAt),
        activityValidEnd: formatShanghaiCompact(activity.endsAt),
      },
    ]
  })
}
