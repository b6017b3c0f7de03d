import { z } from 'zod'
import { parsePrivateKey } from '../../wire/rsa.ts'
import { parseTripleDesKey } from '../../wire/ciphers.ts'
import { address, id } from '../fields.ts'
import { supplierLimits } from '../supplier.ts'

const keyProblem = 'must be a key of at most 8192 characters'

// Whale, 新增制码渠道接口, `sendChannelConfig`; the last four are those that its ESB制码订单 says are kept with the supplier.
export const esbSettings = z
  .object({
    makeCodeURL: address({ title: 'makeCodeURL', description: 'Where codes are asked for (POST).' }),
    verifyURL: address({
      title: 'verifyURL',
      description: 'Where a redemption of its codes is confirmed before it happens. Absent: nobody is asked.',
    }).optional(),
    verifyNotifyURL: address({
      title: 'verifyNotifyURL',
      description: 'Where it is told of redemptions of its codes afterwards. Absent: it is not told.',
    }).optional(),
    thirdChannelNo: id(
      {
        title: 'thirdChannelNo',
        description: 'The number that it has given us; sent as channelMid where there is none.',
      },
      64,
    ).optional(),
    channelMid: id(
      { title: 'channelMid', description: '渠道商户编号: the merchant number that it has given us.' },
      64,
    ).optional(),
    channelTid: id(
      { title: 'channelTid', description: '渠道终端编号: the terminal number that it has given us.' },
      64,
    ).optional(),
    encryptType: z
      .enum(['none', '3DES', 'RSA'], { error: 'must be none, 3DES or RSA' })
      .default('none')
      .meta({ title: 'encryptType', description: 'How codes come encrypted.' }),
    orderEncryptKey: z.string({ error: keyProblem }).max(8192, { error: keyProblem, abort: true }).optional().meta({
      title: 'orderEncryptKey',
      description: 'For 3DES the key; for RSA our private key (PKCS#8), of which the public half is sent.',
    }),
    ...supplierLimits.shape,
  })
  .superRefine(({ encryptType, orderEncryptKey }, context) => {
    const message = keyProblemOf(encryptType, orderEncryptKey)
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['orderEncryptKey'], message })
  })

export type EsbSettings = z.output<typeof esbSettings>

function keyProblemOf(encryptType: 'none' | '3DES' | 'RSA', key: string | undefined): string | undefined {
  if (encryptType === 'none') return undefined
  if (key === undefined) return `is needed where encryptType is ${encryptType}`
  try {
    if (encryptType === '3DES') parseTripleDesKey(key)
    else parsePrivateKey(key)
    return undefined
  } catch (error) {
    return `cannot be used: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** The merchant and the terminal that we are to it. */
export const ourNumbers = ({ channelMid, channelTid, thirdChannelNo }: EsbSettings) => ({
  channelMid: channelMid ?? thirdChannelNo ?? '',
  channelTid: channelTid ?? '',
})
