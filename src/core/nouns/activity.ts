import { z } from 'zod'
import { dateField, idField, stockField } from '../../read/fields.ts'
import { createdAt, holderLimits, isEnabled, name, verifyNotifyUrl, written } from './common.ts'
import { defineNoun, type AddInput, type RowOf, type SettingsOf, type UpdateInput } from './noun.ts'

export const activity = defineNoun({
  key: 'activity',
  plural: 'activities',
  title: { zh: '活动', en: 'activity' },
  help: 'in which templates are issued, for a time',
  table: 'activities',
  keys: ['id'],
  list: ['id', 'name', 'startsAt', 'endsAt', 'isEnabled'],
  fields: {
    id: {
      kind: 'id',
      title: { zh: '活动编号', en: 'id' },
      help: 'what it is ordered by; at most 32 characters on Lakala’s wire',
      schema: idField(),
      place: 'column',
      change: 'never',
      example: 'ACT1',
      wires: { lakala: 'activity_id', whale: 'ebuyActivityId', exchange: 'activityId' },
    },
    name: { ...name, example: '开业满减', wires: { whale: 'activityName' } },
    isEnabled,
    startsAt: {
      kind: 'time',
      title: { zh: '开始时间', en: 'from' },
      help: 'when it begins, Asia/Shanghai',
      schema: dateField,
      place: 'column',
      change: 'always',
      example: '2026-12-01',
      wires: { whale: 'validStart' },
    },
    endsAt: {
      kind: 'time',
      title: { zh: '结束时间', en: 'until' },
      help: 'the first instant at which it is over',
      schema: dateField,
      place: 'column',
      change: 'always',
      example: '2027-01-01',
      wires: { whale: 'validEnd' },
    },
    templateIds: {
      kind: 'ids',
      title: { zh: '券模板', en: 'templates' },
      help: 'the templates that it issues, with commas',
      schema: z.array(idField()).default([]),
      place: 'apart',
      change: 'never',
      example: 'T1,T2',
      wires: { whale: 'activityConfig.productIds' },
    },
    channelId: {
      kind: 'id',
      title: { zh: '专属渠道', en: 'channel' },
      help: 'the one channel that may take its coupons (default: every channel)',
      schema: z.string().min(1).max(64).optional(),
      place: 'setting',
      change: 'always',
      example: 'OWNER1',
      wires: { whale: 'saleChannelId' },
    },
    verifyNotifyUrl: {
      ...verifyNotifyUrl,
      help: 'where redemptions are told, where the template does not say (whale)',
    },
    ...holderLimits,
    stock: {
      kind: 'stock',
      title: { zh: '库存', en: 'stock' },
      help: 'how many coupons in all, or unlimited (which stays so; the default)',
      schema: stockField.default(null),
      place: 'apart',
      change: 'never',
      example: '10000',
    },
    createdAt,
    written,
  },
})

export type ActivityRow = RowOf<typeof activity>
export type ActivitySettings = SettingsOf<typeof activity>
export type ActivityInput = AddInput<typeof activity>
export type ActivityUpdate = UpdateInput<typeof activity>
