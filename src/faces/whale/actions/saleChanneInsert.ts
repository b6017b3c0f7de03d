import { z } from 'zod'
import { insertChannel } from '../../../core/back-office/erp/channel.ts'
import { given } from '../../../core/back-office/fields.ts'
import type { AddressPolicy } from '../../../wire/address.ts'
import { parsePublicKey } from '../../../wire/rsa.ts'
import { readFields } from '../../fields.ts'
import type { Action } from './action.ts'
import { requestOf, tillTable } from '../inserted.ts'
import { name, optional, required } from '../whale-fields.ts'
import { author, baseConfig, note, writing, writtenOf } from '../written-fields.ts'

// Whale, 新增销售渠道接口. `messageText` is the short message to the holder.
const schemaOf = (addresses: AddressPolicy) =>
  z.object({
    saleChannelName: required(name(100)),
    remark: note,
    creatorName: author,
    saleChannelConfig: optional(baseConfig(addresses, { messageText: optional(name(500)) })),
    ...writing,
  })

/** 新增销售渠道: its id is the app_id of the channel's own requests, which its channelPublicKey checks. */
export const saleChanneInsert: Action = {
  name: 'saleChanneInsert',
  aliases: ['saleChannelInsert'],
  side: 'backOffice',
  act: async ({ core, addresses }, caller, fields) => {
    // The document's own example has the name of the other insert.
    const { saleChannelName = null, sendChannelName = null } = fields
    const asked = readFields(schemaOf(addresses), {
      ...fields,
      saleChannelName: saleChannelName === null || saleChannelName === '' ? sendChannelName : saleChannelName,
    })
    const { channelPublicKey, verifyNotifyURL, messageText } = asked.saleChannelConfig ?? {}
    const inserted = await insertChannel(core, requestOf(caller), {
      ...writtenOf(asked),
      name: asked.saleChannelName,
      publicKey: channelPublicKey === undefined ? undefined : pemOf(channelPublicKey),
      settings: given({ verifyNotifyUrl: verifyNotifyURL, messageText }),
    })
    return tillTable(inserted, { saleChannelId: inserted.id })
  },
}

const pemOf = (key: string): string => parsePublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
