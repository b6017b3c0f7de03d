import { hash } from 'node:crypto'
import { z } from 'zod'
import { dayOf, startOfDay } from '../../../time/shanghai.ts'
import { refuse } from '../../../core/command/errors.ts'
import type { IssueCommand } from '../../../core/command/issue.ts'
import { laneIndexOf, laneOf, withLaneIndex } from '../../../core/numbers/numbers.ts'
import type { Setup } from '../../../core/set-up/snapshot.ts'
import { readFields } from '../../fields.ts'
import type { Action } from './action.ts'
import { channelField, channelOf } from '../channel-caller.ts'
import { orderAnswer } from '../order-answer.ts'
import { config, fen, id, longId, mobileNumber, name, optional, required, wholeNumber } from '../whale-fields.ts'

const fundsField = config({
  channelBenefit: required(fen),
  merchantBenefit: required(fen),
  userRealAmount: required(fen),
})

const itemField = config({
  saleChannelItemId: optional(id(64)),
  ticketId: required(longId),
  codeNum: optional(wholeNumber(1, 100)),
  /** Days from the day made until the codes are valid; 0: at once; −1: inactive until they are activated. */
  commissionDate: optional(wholeNumber(-1, 3_650)),
  validDays: optional(wholeNumber(1, 36_500)),
  makeFundsChannel: optional(fundsField),
})

// Whale, the request under ESB制码订单, which is MakeCode's.
const schema = z.object({
  ...channelField,
  saleChannelOrderId: required(id(64)),
  requestId: optional(id(32)),
  remark: optional(name(500)),
  notifyType: optional(
    config({
      mobilePhone: optional(mobileNumber),
    }),
  ),
  item: required(itemField),
})
type Asked = z.output<typeof schema>
type Item = Asked['item']

/** How often a code of this wire may be usable. */
export const useTimesMax = 1_000

/** 同步单条发码: makes codes of a ticket. A failed order is made anew under its number. */
export const MakeCode: Action = {
  name: 'MakeCode',
  aliases: ['makeCode'],
  side: 'channel',
  act: async (tools, caller, fields) => {
    const asked = readFields(schema, fields)
    const by = channelOf(caller, asked)
    const setup = tools.core.setup.current()
    const { activityId, templateId } = ticketOf(setup, asked.item)
    requireFunds(setup, templateId, asked.item)
    const lane = laneOf(asked.saleChannelOrderId)
    const outcome = await tools.core.issue({
      ...by,
      no: withLaneIndex(caller.no, laneIndexOf(lane)),
      deadline: caller.deadline,
      nonce: caller.nonce,
      lane,
      externalNo: asked.saleChannelOrderId,
      activityId,
      templateId,
      quantity: asked.item.codeNum ?? 1,
      requestId: asked.requestId,
      remark: asked.remark,
      mobile: asked.notifyType?.mobilePhone,
      terms: termsOf(asked.item, caller.at),
      redeemUrl: notifyUrlOf(setup, by.channelId, activityId, templateId),
      fingerprint: fingerprintOf(asked),
      useTimesMax,
      isRemakeable: true,
    })
    return orderAnswer(tools, outcome.order, outcome.coupons)
  },
}

function ticketOf({ tickets }: Setup, { ticketId }: Item): { activityId: string; templateId: string } {
  const field = 'item.ticketId'
  return tickets.get(ticketId) ?? refuse('template_not_found', `there is no ticket ${ticketId}`, { field })
}

function requireFunds({ templates }: Setup, templateId: string, { makeFundsChannel }: Item): void {
  if (makeFundsChannel === undefined) return
  const { channelBenefit, merchantBenefit, userRealAmount } = makeFundsChannel
  const faceValueFen = templates.get(templateId)?.faceValueFen
  if (channelBenefit + merchantBenefit + userRealAmount === faceValueFen) return
  const field = 'item.makeFundsChannel'
  refuse('bad_request', `${field}: the three shares must add up to the face value, ${faceValueFen} fen`, { field })
}

const dayMilliseconds = 24 * 3_600_000

/** From 00:00 of a day on, or at once, and until 00:00 of a day, excluded; all of Asia/Shanghai. */
function termsOf({ commissionDate = 0, validDays, makeFundsChannel, saleChannelItemId }: Item, now: Date) {
  const today = startOfDay(dayOf(now)).getTime()
  const firstDay = today + Math.max(0, commissionDate) * dayMilliseconds
  const validFrom = commissionDate > 0 ? new Date(firstDay) : now
  const terms: NonNullable<IssueCommand['terms']> = {}
  if (validDays !== undefined) {
    terms.validFrom = validFrom.toISOString()
    terms.validUntil = new Date(firstDay + validDays * dayMilliseconds).toISOString()
  } else if (commissionDate > 0) {
    refuse('bad_request', 'item.validDays: is missing beside commissionDate', { field: 'item.validDays' })
  }
  if (commissionDate === -1) terms.isInactive = true
  if (saleChannelItemId !== undefined) terms.itemNo = saleChannelItemId
  if (makeFundsChannel !== undefined) {
    const { channelBenefit, merchantBenefit, userRealAmount } = makeFundsChannel
    terms.funds = {
      channelBenefitFen: channelBenefit,
      merchantBenefitFen: merchantBenefit,
      userRealAmountFen: userRealAmount,
    }
  }
  return terms
}

/** Where redemptions are told: the template's address, else the activity's, else the channel's. */
function notifyUrlOf(setup: Setup, channelId: string, activityId: string, templateId: string): string | undefined {
  const owners = [
    setup.templates.get(templateId)?.settings,
    setup.activities.get(activityId)?.settings,
    setup.channels.get(channelId)?.settings,
  ]
  return owners.find((settings) => settings?.verifyNotifyUrl !== undefined)?.verifyNotifyUrl
}

/** The business fields that make two requests under one number the same (docs/faces/whale.md). `requestId` is the request's own. */
function fingerprintOf({ item, notifyType, remark }: Asked): Buffer {
  const { ticketId, codeNum = 1, commissionDate = 0, validDays, makeFundsChannel: funds, saleChannelItemId } = item
  const shares = funds && [funds.channelBenefit, funds.merchantBenefit, funds.userRealAmount]
  const content = [ticketId, codeNum, commissionDate, validDays, shares, saleChannelItemId]
  const rest = [notifyType?.mobilePhone, remark]
  return hash('sha256', JSON.stringify([...content, ...rest]), 'buffer').subarray(0, 16)
}
