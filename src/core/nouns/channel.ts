import { z } from 'zod'
import { idField, urlField } from '../../read/fields.ts'
import { createdAt, isEnabled, messageText, name, verifyNotifyUrl, written } from './common.ts'
import { defineNoun, type AddInput, type RowOf, type SettingsOf, type UpdateInput } from './noun.ts'

const id = z.string().min(1).max(64)
const setting = { place: 'setting', change: 'always' } as const

export const channel = defineNoun({
  key: 'channel',
  plural: 'channels',
  title: { zh: '渠道', en: 'channel' },
  help: 'takes codes from us, gives them to its holders',
  table: 'channels',
  keys: ['id'],
  list: ['id', 'name', 'isEnabled'],
  fields: {
    id: {
      kind: 'id',
      title: { zh: '渠道编号', en: 'id' },
      help: 'its number; at most 8 characters on Lakala’s wire',
      schema: idField(),
      place: 'column',
      change: 'never',
      example: 'OWNER1',
      wires: { lakala: 'owner_id', whale: 'saleChannelId', exchange: 'merchantId' },
    },
    name: { ...name, example: '示例银行', wires: { whale: 'saleChannelName' } },
    isEnabled,
    memberPrefix: {
      ...setting,
      kind: 'text',
      title: { zh: '会员号前缀', en: 'member prefix' },
      help: 'what every member number of this channel begins with',
      schema: z.string().max(20).optional(),
      example: '62',
      placeholder: '<digits>',
      unset: '-',
    },
    orgId: {
      ...setting,
      kind: 'id',
      title: { zh: '回调机构号', en: 'org id' },
      help: 'how callbacks name the channel (default: the id)',
      schema: id.optional(),
      example: 'ORG1',
      wires: { lakala: 'orgId' },
    },
    isReversalTold: {
      ...setting,
      kind: 'flag',
      title: { zh: '通知撤销', en: 'tells reversals' },
      help: 'tell the channel of a redemption that is reversed after it was told of',
      schema: z.boolean().default(false),
      option: 'tell-reversals',
      helpNot: 'do not tell (the default)',
    },
    isVoidTold: {
      ...setting,
      kind: 'flag',
      title: { zh: '通知作废', en: 'tells voids' },
      help: 'tell the channel of an order whose coupons were voided (the default)',
      schema: z.boolean().default(true),
      option: 'tell-voids',
      helpNot: 'do not tell',
    },
    acceptorId: {
      ...setting,
      kind: 'id',
      title: { zh: '核销收单机构', en: 'redeems at' },
      help: 'the acceptor at whose shops it redeems its own coupons (whale; default: who has the shop)',
      schema: id.optional(),
      example: '990581',
      option: 'acceptor',
    },
    verifyNotifyUrl: {
      ...verifyNotifyUrl,
      help: 'where redemptions are told, where neither template nor activity says (whale)',
    },
    messageText: { ...messageText, help: 'the short message to holders, where the template has none (whale)' },
    callbackUrl: {
      ...setting,
      kind: 'url',
      title: { zh: '订单回调地址', en: 'callback url' },
      help: 'where outcomes are told, where the order does not say (exchange)',
      schema: urlField.optional(),
      example: 'https://bank.example.com/orders',
      wires: { exchange: 'callbackUrl' },
    },
    wechatAppId: {
      ...setting,
      kind: 'id',
      title: { zh: '微信应用编号', en: 'wechat app id' },
      help: 'the WeChat app of its holders, where the order does not say (exchange)',
      schema: id.optional(),
      example: 'wx0000000000000001',
      wires: { exchange: 'appId' },
    },
    createdAt,
    written,
  },
})

export type ChannelRow = RowOf<typeof channel>
export type ChannelSettings = SettingsOf<typeof channel>
export type ChannelInput = AddInput<typeof channel>
export type ChannelUpdate = UpdateInput<typeof channel>
