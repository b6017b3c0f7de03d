import { createExchangeMerchant, type ExchangeMerchant } from '../../simulators/exchange-merchant.ts'
import { createLakalaBank, type LakalaBank } from '../../simulators/lakala-bank.ts'
import { createShoubeiTill, type ShoubeiTill } from '../../simulators/shoubei-till.ts'
import { createWhaleChannel, type WhaleChannel } from '../../simulators/whale-channel.ts'
import { createWhaleErp, type WhaleErp } from '../../simulators/whale-erp.ts'
import { readSandboxFile, sandboxFilePath, type SandboxFile, readPartnerUrls } from './file.ts'
import { openInbox, type Inbox } from './inbox.ts'

/** One step as it was played, and what a person wants to see of it. */
export type Step = { title: string; milliseconds: number; detail: string }

/** Plays a step, measures it and shows it. The work answers what was seen. */
type Play = <T>(title: string, work: () => Promise<{ detail: string; result: T }>) => Promise<T>

/** Steps are kept in the order in which they were played. */
function createPlay(show: (step: Step) => void): { play: Play; steps: Step[] } {
  const steps: Step[] = []
  const play: Play = async (title, work) => {
    const began = performance.now()
    const { detail, result } = await work()
    const step = { title, milliseconds: Math.round(performance.now() - began), detail }
    steps.push(step)
    show(step)
    return result
  }
  return { play, steps }
}

/** An Error where a partner hears anything but what its document promises. */
export function requireTrue(isTrue: boolean, seen: string): asserts isTrue {
  if (!isTrue) throw new Error(`this is not what the document promises: ${seen}`)
}

/** The simulated partners of a running sandbox, and a way to play steps through them. */
export type Stage = {
  sandbox: SandboxFile
  bank: LakalaBank
  till: ShoubeiTill
  erp: WhaleErp
  channel: WhaleChannel
  merchant: ExchangeMerchant
  /** Where the bank hears callbacks, and where the channel and the merchant do. */
  inbox: Inbox
  channelUrl: string
  merchantUrl: string
  /** Where suppliers are told what to do. */
  douyinUrl: string
  meituanUrl: string
  steps: Step[]
  play: Play
}

/** Finds the sandbox that runs on a data folder. An Error that says how to start one where there is none. */
export async function openStage(dataFolder: string, show: (step: Step) => void): Promise<Stage> {
  const sandbox = readSandboxFile(dataFolder)
  const urls = readPartnerUrls(dataFolder)
  if (sandbox === undefined || !isWhole(sandbox) || urls === undefined || !(await isReady(sandbox.url))) {
    throw new Error(
      `no sandbox is running on ${dataFolder} (${sandboxFilePath(dataFolder)}). Start one in another terminal: npm start (or: quanhub sandbox)`,
    )
  }
  const { whale, exchange, url: hubUrl } = sandbox
  const { path, platformPublicKeyPem, saleChannelId, storeInfo } = whale
  const platform = { hubUrl, path, platformPublicKeyPem }
  const erpKeys = { appId: whale.erpAppId, privateKeyPem: whale.erpPrivateKeyPem }
  const channelKeys = { appId: whale.channelAppId, privateKeyPem: whale.channelPrivateKeyPem }
  return {
    sandbox,
    bank: createLakalaBank({ hubUrl, ...sandbox.lakala }),
    till: createShoubeiTill({ hubUrl, ...sandbox.shoubei }),
    erp: createWhaleErp({ ...platform, ...erpKeys }),
    channel: createWhaleChannel({ ...platform, ...channelKeys, saleChannelId, storeInfo }),
    merchant: createExchangeMerchant({
      hubUrl,
      ...exchange,
      wechatCouponsPath: exchange.couponPath,
      couponPath: exchange.codePath,
    }),
    inbox: openInbox(urls.bankUrl),
    ...urls,
    ...createPlay(show),
  }
}

const isWhole = (file: object): file is SandboxFile => 'whale' in file && 'exchange' in file && 'routes' in file

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3_000) })).status === 200
  } catch {
    return false
  }
}
