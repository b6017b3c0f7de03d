import { z } from 'zod'
import { idField } from '../../read/fields.ts'
import { createdAt, isEnabled, name } from './common.ts'
import { defineNoun, type AddInput, type RowOf, type SettingsOf, type UpdateInput } from './noun.ts'

export const acceptor = defineNoun({
  key: 'acceptor',
  plural: 'acceptors',
  title: { zh: '收单机构', en: 'acceptor' },
  help: 'redeems; has merchants and shops',
  table: 'acceptors',
  keys: ['id'],
  list: ['id', 'name', 'isEnabled'],
  fields: {
    id: {
      kind: 'id',
      title: { zh: '机构号', en: 'id' },
      help: 'its number',
      schema: idField(),
      place: 'column',
      change: 'never',
      example: '990581',
      wires: { shoubei: 'inst_no' },
    },
    name: { ...name, example: '示例收单' },
    isEnabled,
    cancelUntil: {
      kind: 'cut-off',
      title: { zh: '撤销期限', en: 'cancel until' },
      help: 'how long tills may cancel: end-of-day (the default; Asia/Shanghai), or 30m, 12h',
      schema: z.union([z.literal('end-of-day'), z.int().min(0).max(31_536_000)]).default('end-of-day'),
      place: 'setting',
      change: 'always',
      example: '12h',
    },
    refusalStyle: {
      kind: 'word',
      title: { zh: '拒绝样式', en: 'refusal style' },
      help: "business refusals as in the document's sample, or as in its table",
      schema: z.enum(['example', 'table']).default('example'),
      place: 'setting',
      change: 'always',
      example: 'table',
      placeholder: '<style>',
      choices: ['example', 'table'],
    },
    createdAt,
  },
})

export type AcceptorRow = RowOf<typeof acceptor>
export type AcceptorSettings = SettingsOf<typeof acceptor>
export type AcceptorInput = AddInput<typeof acceptor>
export type AcceptorUpdate = UpdateInput<typeof acceptor>
