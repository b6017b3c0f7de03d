import { z } from 'zod'
import { refuse } from '../../../core/command/errors.ts'
import { laneOf } from '../../../core/numbers/numbers.ts'
import { readFields } from '../../fields.ts'
import type { Action } from './action.ts'
import { channelField, channelOf } from '../channel-caller.ts'
import { orderAnswer } from '../order-answer.ts'
import { id, optional } from '../whale-fields.ts'

const schema = z.object({
  ...channelField,
  originalChannelOrderId: optional(id(64)),
  saleChannelOrderId: optional(id(64)),
  requestId: optional(id(32)),
})

/** 发码订单查询: what became of an order, and how its codes stand now. */
export const MakeQuery: Action = {
  name: 'MakeQuery',
  aliases: ['makeQuery'],
  side: 'channel',
  act: async (tools, caller, fields) => {
    const { core } = tools
    const asked = readFields(schema, fields)
    const by = channelOf(caller, asked)
    const field = 'originalChannelOrderId'
    const externalNo =
      asked.originalChannelOrderId ??
      asked.saleChannelOrderId ??
      refuse('bad_request', `${field}: is missing`, { field })
    const { no, deadline, nonce } = caller
    const found = await core.lookUpOrder({ ...by, no, deadline, nonce, lane: laneOf(externalNo), externalNo })
    const codes = await core.revealCodes(found.coupons)
    const coupons = found.coupons.map((coupon, i) => ({ coupon, code: codes[i]! }))
    return orderAnswer(tools, found.order, coupons)
  },
}
