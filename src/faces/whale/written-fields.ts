import type { z } from 'zod'
import type { AddressPolicy } from '../../wire/address.ts'
import { compactTime, config, flag, name, optional, plainObject, publicKey, url } from './whale-fields.ts'

// What the back office's inserts have in common.

/** Whether it is switched on, and when it was written. */
export const writing = {
  isActive: optional(flag),
  createTime: optional(compactTime),
  updateTime: optional(compactTime),
}

/** 备注 and 创建人, which are kept and shown and mean nothing to the hub. */
export const note = optional(name(500))
export const author = optional(name(100))

/** A config with the keys and the address that the document shows in every one; other fields are kept. */
export const baseConfig = <Shape extends z.ZodRawShape>(addresses: AddressPolicy, shape: Shape) =>
  config({
    channelPublicKey: optional(publicKey),
    whalePublicKey: optional(publicKey),
    verifyNotifyURL: optional(url(addresses)),
    ...shape,
  })

type Asked = { isActive?: boolean | undefined; updateTime?: Date | undefined }

/** What the set-up keeps of a request: its fields by the types of the table, and what every insert says. */
export const writtenOf = (asked: Asked, fields: object = {}) => ({
  fields: plainObject({ ...asked, ...fields, isActive: asked.isActive === false ? 'N' : 'Y' }),
  updatedAt: asked.updateTime,
  isActive: asked.isActive !== false,
})
