import { idField } from '../../read/fields.ts'
import { acceptorId, createdAt, isEnabled, name } from './common.ts'
import { defineNoun, type AddInput, type RowOf, type UpdateInput } from './noun.ts'

export const shop = defineNoun({
  key: 'shop',
  plural: 'shops',
  title: { zh: '门店', en: 'shop' },
  help: 'where coupons are redeemed, of one merchant',
  table: 'shops',
  keys: ['acceptorId', 'no'],
  list: ['acceptorId', 'no', 'merchantNo', 'name', 'isEnabled'],
  fields: {
    acceptorId,
    no: {
      kind: 'id',
      title: { zh: '门店号', en: 'no' },
      help: "its number, unique among the acceptor's",
      schema: idField(),
      place: 'column',
      change: 'never',
      example: 'S001',
      wires: { shoubei: 'shop_no', whale: 'shopNo' },
    },
    merchantNo: {
      kind: 'id',
      title: { zh: '所属商户', en: 'merchant' },
      help: 'the merchant that it belongs to',
      schema: idField(),
      place: 'column',
      change: 'always',
      example: 'M001',
      wires: { shoubei: 'merchant_no', whale: 'storeInfo.mid' },
      placeholder: '<no>',
    },
    name: { ...name, help: 'what people call it (when added: the number)', example: '示例门店' },
    cityId: {
      kind: 'id',
      title: { zh: '城市', en: 'city' },
      help: 'the city that it is in',
      schema: idField().nullable(),
      place: 'column',
      change: 'always',
      initial: { value: null },
      example: '310000',
      unset: '-',
    },
    isEnabled,
    createdAt,
  },
})

export type ShopRow = RowOf<typeof shop>
export type ShopInput = AddInput<typeof shop>
export type ShopUpdate = UpdateInput<typeof shop>
