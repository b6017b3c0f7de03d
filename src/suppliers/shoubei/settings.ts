import { z } from 'zod'
import { baseAddress, id, secret } from '../fields.ts'
import { supplierLimits } from '../supplier.ts'

export const shoubeiSettings = z.object({
  baseURL: baseAddress({
    title: 'baseURL',
    description: 'Where it is asked (POST): /coupon/wf and so on are appended.',
  }).default('https://open.51shoubei.com/openpay'),
  instNo: id({ title: 'inst_no', description: '机构号: the number that it has given us.' }, 32),
  key: secret({ title: '机构密钥', description: 'The key that both sides sign with.' }, 8, 256),
  merchantNo: id(
    { title: 'merchant_no', description: '商户号: all merchants are this one there. Absent: by their numbers here.' },
    32,
  ).optional(),
  shopNo: id(
    {
      title: 'shop_no',
      description: '门店号 of shops that have no number of its own here. Absent: by their numbers here.',
    },
    32,
  ).optional(),
  channelType: z
    .string({ error: 'must be five digits' })
    .regex(/^\d{5}$/, 'must be five digits')
    .optional()
    .meta({ title: 'channel_type', description: '通道类型: sent along, where its own routes are asked for.' }),
  ...supplierLimits.shape,
})

export type ShoubeiSettings = z.output<typeof shoubeiSettings>
