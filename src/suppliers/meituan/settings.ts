import { z } from 'zod'
import { baseAddress, id, secret } from '../fields.ts'
import { supplierLimits } from '../supplier.ts'

export const meituanSettings = z.object({
  baseURL: baseAddress({ title: 'baseURL', description: 'Where Meituan’s gateway is.' }).default(
    'https://api-open-cater.meituan.com',
  ),
  developerId: id({ title: 'developerId', description: 'The number that Meituan has given the developer.' }, 32),
  businessId: id({ title: 'businessId', description: 'The kind of business: 58 is 到店综合.' }, 8).default('58'),
  signKey: secret({ title: 'signKey', description: 'The key that requests are signed with.' }, 1, 256),
  appAuthToken: secret(
    { title: 'appAuthToken', description: 'What a merchant’s authorisation gave: one supplier for each.' },
    1,
    512,
  ),
  ...supplierLimits.shape,
})

export type MeituanSettings = z.output<typeof meituanSettings>
