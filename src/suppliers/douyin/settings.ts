import { z } from 'zod'
import { baseAddress, id, secret } from '../fields.ts'
import { supplierLimits } from '../supplier.ts'

export const douyinSettings = z.object({
  baseURL: baseAddress({ title: 'baseURL', description: 'Where Douyin’s open platform is.' }).default(
    'https://open.douyin.com',
  ),
  linkURL: baseAddress({
    title: 'linkURL',
    description: 'What scanned links begin with; no other link is followed.',
  }).default('https://v.douyin.com'),
  clientKey: id({ title: 'client_key', description: 'The number that Douyin has given the application.' }, 64),
  clientSecret: secret({ title: 'client_secret', description: 'What tokens are asked for with.' }, 1, 256),
  accountId: id(
    { title: 'account_id', description: 'The merchant’s root account (来客商户根账户ID), where one is needed.' },
    64,
  ).optional(),
  poiId: id(
    { title: 'poi_id', description: 'The shop, by Douyin’s number, where a shop has none of its own here.' },
    64,
  ).optional(),
  ...supplierLimits.shape,
})

export type DouyinSettings = z.output<typeof douyinSettings>
