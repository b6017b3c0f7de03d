import { z } from 'zod'
import { insertActivity } from '../../../core/back-office/erp/activity.ts'
import { given } from '../../../core/back-office/fields.ts'
import type { AddressPolicy } from '../../../wire/address.ts'
import { readFields } from '../../fields.ts'
import type { Action } from './action.ts'
import { requestOf, success } from '../inserted.ts'
import { compactTime, id, longId, name, optional, required } from '../whale-fields.ts'
import { author, baseConfig, writing, writtenOf } from '../written-fields.ts'

// Whale, 新增活动接口. `productIds` says which templates the activity has.
const schemaOf = (addresses: AddressPolicy) =>
  z
    .object({
      activityName: required(name(100)),
      ebuyActivityId: required(id(40)),
      saleChannelId: required(id(64)),
      validStart: required(compactTime),
      validEnd: required(compactTime),
      createUser: author,
      activityConfig: optional(
        baseConfig(addresses, {
          productIds: optional(z.array(required(longId), { error: 'must be an array of product ids' }).max(1000)),
        }),
      ),
      ...writing,
    })
    .refine((asked) => asked.validStart < asked.validEnd, { path: ['validEnd'], error: 'must lie after validStart' })

/** 新增活动: its id here is the ERP's own. Its end is the first instant at which it is over. */
export const activityInsert: Action = {
  name: 'activityInsert',
  side: 'backOffice',
  act: async ({ core, addresses }, caller, fields) => {
    const asked = readFields(schemaOf(addresses), fields)
    const { productIds, verifyNotifyURL } = asked.activityConfig ?? {}
    await insertActivity(core, requestOf(caller), {
      ...writtenOf(asked),
      id: asked.ebuyActivityId,
      name: asked.activityName,
      channelId: asked.saleChannelId,
      startsAt: asked.validStart,
      endsAt: asked.validEnd,
      productIds: productIds?.map(String),
      settings: given({ verifyNotifyUrl: verifyNotifyURL }),
    })
    return { ...success }
  },
}
