import { z } from 'zod'
import { baseAddress, id, secret } from '../fields.ts'
import { supplierLimits } from '../supplier.ts'

// docs/suppliers/http-redeem.md, what the operator writes.
export const httpRedeemSettings = z.object({
  baseURL: baseAddress({
    title: 'baseURL',
    description: 'Where it is asked (POST): /prepare, /redeem and /reverse are appended.',
  }),
  keyId: id({ title: 'keyId', description: 'The name of the key that both sides know.' }, 64),
  key: secret({ title: 'key', description: 'The key itself: requests and answers are signed with it.' }, 32, 256),
  ...supplierLimits.shape,
})

export type HttpRedeemSettings = z.output<typeof httpRedeemSettings>
