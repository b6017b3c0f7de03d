import { z } from 'zod'
import { insertSupplier } from '../../../core/back-office/erp/supplier.ts'
import type { FaceTools } from '../../face.ts'
import { readFields } from '../../fields.ts'
import { checkSupplierUrl } from '../../supplier-address.ts'
import type { Action } from './action.ts'
import { requestOf, tillTable } from '../inserted.ts'
import { address, name, optional, plainObject, required } from '../whale-fields.ts'
import { baseConfig, writing, writtenOf } from '../written-fields.ts'

// Whale, 新增制码渠道接口. What of the config means something is the supplier's kind's to say; here are the addresses.
const schemaOf = ({ core, addresses }: FaceTools) => {
  const url = optional(address((text) => checkSupplierUrl(text, addresses, core.hub.config.isSandbox)))
  return z.object({
    sendChannelName: required(name(100)),
    sendChannelConfig: required(baseConfig(addresses, { makeCodeURL: url, verifyURL: url, verifyNotifyURL: url })),
    ...writing,
  })
}

/** 新增制码渠道: without makeCodeURL it makes no codes, and its templates have codes of ours or of an imported pool. */
export const sendChanneInsert: Action = {
  name: 'sendChanneInsert',
  aliases: ['sendChannelInsert'],
  side: 'backOffice',
  act: async (tools, caller, fields) => {
    const { sendChannelConfig, ...asked } = readFields(schemaOf(tools), fields)
    const inserted = await insertSupplier(tools.core, requestOf(caller), {
      ...writtenOf(asked),
      name: asked.sendChannelName,
      config: plainObject(sendChannelConfig, 'sendChannelConfig'),
    })
    return tillTable(inserted, { sendChannelId: Number(inserted.id) })
  },
}
