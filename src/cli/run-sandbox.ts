import type { Config } from '../config.ts'
import type { Core } from '../core/core.ts'
import type { HubDatabase } from '../hub-database.ts'
import { createLog } from '../log.ts'
import { runHub, type RunningHub } from '../running-hub.ts'
import {
  readSandboxFile,
  sandboxFilePath,
  writeSandboxFile,
  writePartnerUrls,
  type PartnerUrls,
} from '../sandbox/file.ts'
import { startBackstage, startReceivers, type Backstage, type Receivers } from '../sandbox/simulators.ts'
import { setUpWorld } from '../sandbox/world.ts'
import type { CommandContext } from './context.ts'
import type { Report } from './output.ts'
import { untilStopped } from './serve.ts'

/** Runs a hub with its simulated partners, and says where everything is, until it is stopped. */
export async function runSandbox(
  context: CommandContext,
  config: Config,
  opening: HubDatabase,
): Promise<Report | undefined> {
  const backstage = await startBackstage(config).catch(async (error: unknown) => {
    await (await opening.database).close()
    throw error
  })
  const { sms, smsKey, wechat } = backstage
  const hubConfig = {
    ...config,
    smsUrl: `${sms.url}/sms`,
    smsKey,
    wechat: { openUrl: wechat.url, apiUrl: wechat.url },
  }
  let receivers: Receivers | undefined
  const prepare = async (core: Core, url: string) => {
    const file = { url, ...(await setUpWorld(core, readSandboxFile(config.dataFolder), url, backstage)) }
    writeSandboxFile(config.dataFolder, file)
    const commands = await context.startCommandServer(core)
    receivers = await startReceivers(config, url, file)
    writePartnerUrls(config.dataFolder, urlsOf(receivers, backstage))
    return async () => {
      await commands.close()
      await receivers?.close()
    }
  }
  try {
    const hub = await runHub({ config: hubConfig, log: createLog(config), prepare, opening })
    for (const line of greeting(config, hub, receivers!, backstage)) context.output.line(line)
    return await untilStopped(context.signal, hub, async () => {
      context.output.line('Stopping.')
      await hub.close()
    })
  } finally {
    await backstage.close()
  }
}

const urlsOf = ({ bank, channel, merchant }: Receivers, { douyin, meituan }: Backstage): PartnerUrls => ({
  bankUrl: bank.url,
  channelUrl: channel.url,
  merchantUrl: merchant.url,
  douyinUrl: douyin.url,
  meituanUrl: meituan.url,
})

// From the source, npm runs it; the built package is a program of its own.
const demoCommand = (story: string): string =>
  import.meta.url.endsWith('.ts') ? `npm run demo -- ${story}`.padEnd(22) : `quanhub demo ${story}`.padEnd(22)

function greeting(
  config: Config,
  { url, core }: RunningHub,
  { bank, channel, merchant }: Receivers,
  { esb, sms, wechat, douyin, meituan }: Backstage,
): string[] {
  const data =
    core.hub.database.kind === 'embedded' ? `embedded (PGlite) in ${config.dataFolder}` : 'PostgreSQL (DATABASE_URL)'
  return [
    '',
    '  Quanhub 券枢 · sandbox',
    '',
    `  Hub          ${url}            Lakala: issue, query · Shoubei: wf, quary, cancel, prepareuse · Whale: /whale · Exchange: /v1/openapi`,
    `  A bank       ${bank.url}            hears Lakala's callbacks`,
    `  A channel    ${channel.url}            hears Whale's notifications`,
    `  A merchant   ${merchant.url}            hears Exchange's status reports`,
    `  A supplier   ${esb.url}            an ESB that makes codes`,
    `  WeChat       ${wechat.url}            WeChat Pay's cash coupons, and who a holder is`,
    `  Douyin       ${douyin.url}            its coupons are redeemed at our tills: POST /codes makes one`,
    `  Meituan      ${meituan.url}            likewise`,
    `  A gateway    ${sms.url}            for short messages to holders`,
    '                        each of these: GET /inbox shows what arrived, POST /mode lets it fail, GET / explains',
    `  Database     ${data}`,
    `  For clients  ${sandboxFilePath(config.dataFolder)}            addresses, ids and keys of this world`,
    ...(config.timeFactor === 1 ? [] : [`  Waits        between callbacks are divided by ${config.timeFactor}`]),
    '',
    '  Now type, in another terminal:',
    '',
    `    ${demoCommand('main')}            a coupon issued over Lakala's wire, redeemed over Shoubei's`,
    `    ${demoCommand('whale')}            Whale's wire: rules, an ESB's codes, a short message`,
    `    ${demoCommand('exchange')}            a WeChat cash coupon over Exchange's wire, and the openid that it goes to`,
    `    ${demoCommand('routes')}            coupons of Douyin and Meituan at a till of ours`,
    '',
  ].map((line) => line.replace(/ {12}/, '   '))
}
