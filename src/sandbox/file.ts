import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'

const text = z.string().min(1)

const schema = z.object({
  url: text,
  lakala: z.object({
    appid: text,
    serialNo: text,
    privateKeyPem: text,
    platformPublicKeyPem: text,
    ownerId: text,
    activityId: text,
    promotionId: text,
    shortPromotionId: text,
    scarcePromotionId: text,
    memberPrefix: text,
    issuePath: text,
    queryPath: text,
  }),
  shoubei: z.object({
    instNo: text,
    merchantNo: text,
    shopNo: text,
    key: text,
    wfPath: text,
    queryPath: text,
    cancelPath: text,
    preparePath: text,
  }),
  whale: z.object({
    erpAppId: text,
    erpPrivateKeyPem: text,
    channelAppId: text,
    channelPrivateKeyPem: text,
    platformPublicKeyPem: text,
    path: text,
    saleChannelId: text,
    activityId: text,
    ticketId: z.int(),
    storeInfo: z.object({ cityId: text, tid: text, mid: text, shopNo: text, storeName: text }),
  }),
  esb: z.object({ inboxUrl: text }),
  sms: z.object({ inboxUrl: text }),
  exchange: z.object({
    businessId: text,
    merchantId: text,
    md5Key: text,
    privateKeyPem: text,
    platformPublicKeyPem: text,
    productCode: text,
    activityId: text,
    couponPath: text,
    infoPath: text,
    codePath: text,
  }),
  wechat: z.object({ appId: text, deliverPath: text, allowedHost: text, simulatorUrl: text }),
  routes: z.object({ douyinCode: text, meituanCode: text }),
})

// What an earlier version wrote has less.
const knownSchema = schema.partial({ whale: true, esb: true, sms: true, exchange: true, wechat: true, routes: true })

/** What anyone's own client needs to speak to the sandbox: `<data>/sandbox.json`, readable by its owner alone. */
export type SandboxFile = z.infer<typeof schema>
/** The file of an earlier start. */
export type KnownSandboxFile = z.infer<typeof knownSchema>

export const sandboxFilePath = (dataFolder: string): string => join(dataFolder, 'sandbox.json')

/** Reads the file of an earlier start; undefined where there is none. An Error that says what to do where it is broken. */
export const readSandboxFile = (dataFolder: string): KnownSandboxFile | undefined =>
  readPrivateFile(sandboxFilePath(dataFolder), knownSchema)

/** Writes the file whole or not at all, mode 0600: it holds private keys. */
export function writeSandboxFile(dataFolder: string, file: SandboxFile): void {
  writePrivateFile(sandboxFilePath(dataFolder), `${JSON.stringify(file, undefined, 2)}\n`)
}

/** Reads what an earlier start wrote; undefined where it wrote nothing. An Error that says what to do where it is broken. */
export function readPrivateFile<Schema extends z.ZodType>(path: string, schema: Schema): z.output<Schema> | undefined {
  if (!existsSync(path)) return undefined
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    throw new Error(`${path} cannot be read. Delete it, and the next start writes a new one.`, { cause: error })
  }
}

/** Writes a file that only its owner may read, whole or not at all. */
export function writePrivateFile(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const made = `${path}.${process.pid}.new`
  writeFileSync(made, content, { mode: 0o600 })
  renameSync(made, path)
}

const partnersSchema = z.object({
  bankUrl: z.string(),
  channelUrl: z.string(),
  merchantUrl: z.string(),
  douyinUrl: z.string(),
  meituanUrl: z.string(),
})

/** Where the sandbox's own receivers of callbacks listen, and the suppliers that a story tells what to do: for `quanhub demo`, which runs in another process. */
export type PartnerUrls = z.infer<typeof partnersSchema>

const pathIn = (dataFolder: string): string => join(dataFolder, 'partners.json')

/** Undefined where no sandbox has run on the folder. */
export function readPartnerUrls(dataFolder: string): PartnerUrls | undefined {
  const path = pathIn(dataFolder)
  // What an earlier version wrote has less: its sandbox is not running.
  return existsSync(path) ? partnersSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data : undefined
}

export const writePartnerUrls = (dataFolder: string, urls: PartnerUrls): void =>
  writePrivateFile(pathIn(dataFolder), `${JSON.stringify(urls)}\n`)
