import { idField, nameField } from '../../read/fields.ts'
import { acceptorId, createdAt, isEnabled, name } from './common.ts'
import { defineNoun, type AddInput, type RowOf, type UpdateInput } from './noun.ts'

export const merchant = defineNoun({
  key: 'merchant',
  plural: 'merchants',
  title: { zh: '商户', en: 'merchant' },
  help: 'has shops, and may be of a brand',
  table: 'merchants',
  keys: ['acceptorId', 'no'],
  list: ['acceptorId', 'no', 'name', 'brand', 'isEnabled'],
  fields: {
    acceptorId,
    no: {
      kind: 'id',
      title: { zh: '商户号', en: 'no' },
      help: 'its number with the acceptor',
      schema: idField(),
      place: 'column',
      change: 'never',
      example: 'M001',
      wires: { shoubei: 'merchant_no', whale: 'storeInfo.mid' },
    },
    name: { ...name, help: 'what people call it (when added: the number)', example: '示例商户' },
    brand: {
      kind: 'name',
      title: { zh: '品牌', en: 'brand' },
      help: 'the brand that templates may name (--redeemable-at brand=…)',
      schema: nameField.nullable(),
      place: 'column',
      change: 'always',
      initial: { value: null },
      example: 'Tea',
      wires: { whale: 'brandId' },
      placeholder: '<brand>',
      helpNot: 'of no brand any more',
      unset: '-',
    },
    isEnabled,
    createdAt,
  },
})

export type MerchantRow = RowOf<typeof merchant>
export type MerchantInput = AddInput<typeof merchant>
export type MerchantUpdate = UpdateInput<typeof merchant>
