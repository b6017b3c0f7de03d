import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { newPrivateKey } from './apps.ts'
import { readPrivateFile, writePrivateFile } from './file.ts'

const text = z.string().min(1)
const schema = z.object({
  serialNo: text,
  privateKeyPem: text,
  platformKeyPem: text,
  apiV3Key: text,
  appSecret: text,
})

/** What the sandbox's merchant and the simulated WeChat know each other by. */
export type WechatMerchant = z.infer<typeof schema>

/** What an earlier start on the folder made, else made now and kept there: RSA keys take longer than all else at a start. */
export async function keepWechatMerchant(dataFolder: string): Promise<WechatMerchant> {
  const path = join(dataFolder, 'wechat.json')
  const known = readPrivateFile(path, schema)
  if (known !== undefined) return known
  const [privateKeyPem, platformKeyPem] = await Promise.all([newPrivateKey(), newPrivateKey()])
  const merchant = {
    serialNo: randomBytes(20).toString('hex').toUpperCase(),
    privateKeyPem,
    platformKeyPem,
    apiV3Key: randomBytes(16).toString('hex'),
    appSecret: randomBytes(16).toString('hex'),
  }
  writePrivateFile(path, `${JSON.stringify(merchant)}\n`)
  return merchant
}
