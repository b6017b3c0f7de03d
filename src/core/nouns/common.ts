import { z } from 'zod'
import { idField, limitField, nameField, urlField } from '../../read/fields.ts'

// Fields that several nouns have.

export const name = {
  kind: 'name',
  title: { zh: '名称', en: 'name' },
  help: 'what people call it (when added: the id)',
  schema: nameField,
  place: 'column',
  change: 'always',
  initial: 'own name',
} as const

export const isEnabled = {
  kind: 'flag',
  title: { zh: '启用', en: 'enabled' },
  help: 'whether it works: enable and disable switch it',
  schema: z.boolean(),
  place: 'kept',
  change: 'never',
} as const

export const createdAt = {
  kind: 'time',
  title: { zh: '创建时间', en: 'added' },
  help: 'when it was set up',
  schema: z.date(),
  place: 'kept',
  change: 'never',
} as const

export const written = {
  kind: 'written',
  title: { zh: 'ERP 写入内容', en: 'written' },
  help: 'what an ERP wrote over its own wire, without its secrets; nothing where an operator set it up',
  schema: z.unknown(),
  place: 'kept',
  change: 'never',
  wires: { whale: 'createTime, updateTime, isActive and the rest' },
} as const

export const verifyNotifyUrl = {
  kind: 'url',
  title: { zh: '核销通知地址', en: 'verify notify url' },
  help: 'where redemptions are told (whale)',
  schema: urlField.optional(),
  place: 'setting',
  change: 'always',
  example: 'https://bank.example.com/verify',
  wires: { whale: 'verifyNotifyURL' },
} as const

export const messageText = {
  kind: 'text',
  title: { zh: '短信内容', en: 'message text' },
  help: 'the short message to holders: {code} {ticketName} {validEnd} {channelName} are filled (whale)',
  schema: z.string().min(1).max(500).optional(),
  place: 'setting',
  change: 'always',
  example: '您的券码：{code}',
  wires: { whale: 'messageText' },
} as const

/** The first key of what an acceptor has. */
export const acceptorId = {
  kind: 'id',
  title: { zh: '收单机构', en: 'acceptor' },
  help: 'the acceptor that it belongs to',
  schema: idField(),
  place: 'column',
  change: 'never',
  example: '990581',
  wires: { shoubei: 'inst_no' },
} as const

const limit = {
  kind: 'limit',
  schema: limitField,
  place: 'column',
  change: 'always',
  initial: { value: null },
  unset: 'none',
} as const

/** At most so many for one holder, in all and per day (Asia/Shanghai). */
export const holderLimits = {
  maxPerMember: {
    ...limit,
    title: { zh: '每会员限领', en: 'max per member' },
    help: 'coupons per member in all (none: no limit)',
  },
  maxPerMemberDay: {
    ...limit,
    title: { zh: '每会员每日限领', en: 'max per member day' },
    help: 'coupons per member and day (Asia/Shanghai)',
  },
  maxPerOpenid: {
    ...limit,
    title: { zh: '每 openid 限领', en: 'max per openid' },
    help: 'coupons per openid in all',
  },
  maxPerOpenidDay: {
    ...limit,
    title: { zh: '每 openid 每日限领', en: 'max per openid day' },
    help: 'coupons per openid and day (Asia/Shanghai)',
  },
} as const
