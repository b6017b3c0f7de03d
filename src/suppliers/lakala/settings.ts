import { z } from 'zod'
import { parsePrivateKey, parsePublicKey } from '../../wire/rsa.ts'
import { address, id, secret } from '../fields.ts'
import { supplierLimits } from '../supplier.ts'

const prefixProblem = 'must be at most 8 printable ASCII characters without spaces'

// Lakala §2 and §5: what a bank is given, and gives.
export const lakalaSettings = z
  .object({
    issueURL: address({ title: '发放优惠券', description: 'Where coupons are asked for (POST).' }),
    queryURL: address({ title: '数据查询', description: 'Where it is asked what became of them (POST).' }),
    appid: id({ title: 'appid', description: 'The number that it has given us.' }, 64),
    serialNo: id({ title: 'serial_no', description: 'The serial number of our key.' }, 64),
    privateKey: secret(
      { title: '私钥', description: 'Our private key (PKCS#8): requests are signed with it.' },
      1,
      8192,
    ),
    platformPublicKey: secret(
      { title: '平台公钥', description: 'Its public key or certificate: answers and callbacks are signed by it.' },
      1,
      8192,
    ),
    ownerId: id({ title: 'owner_id', description: '业主Id: who we are to it.' }, 8),
    activityId: id({ title: 'activity_id', description: '活动号: in which activity coupons are issued.' }, 32),
    memberPrefix: z
      .string({ error: prefixProblem })
      .regex(/^[\x21-\x7e]{0,8}$/, prefixProblem)
      .default('')
      .meta({ title: 'member_id', description: 'What member numbers begin with.' }),
    writeOffNotify: address({
      title: 'writeOffNotify',
      description: '核销事件通知地址: where it tells us of uses; an address of this hub.',
    }),
    postNotify: address({ title: 'postNotify', description: '发放回调地址, where it wants one.' }).optional(),
    envelope: z
      .enum(['bare', 'v3'], { error: 'must be bare or v3' })
      .default('bare')
      .meta({ title: 'req_data', description: 'v3: what is asked stands in req_data; bare: by itself.' }),
    ...supplierLimits.shape,
  })
  .superRefine(({ privateKey, platformPublicKey }, context) => {
    const check = (path: string, read: () => unknown): void => {
      const message = problemOf(read)
      if (message !== undefined) context.addIssue({ code: 'custom', path: [path], message })
    }
    check('privateKey', () => parsePrivateKey(privateKey))
    check('platformPublicKey', () => parsePublicKey(platformPublicKey))
  })

export type LakalaSettings = z.output<typeof lakalaSettings>

function problemOf(read: () => unknown): string | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    return `cannot be used: ${error instanceof Error ? error.message : String(error)}`
  }
}
