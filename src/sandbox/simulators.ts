import { randomBytes } from 'node:crypto'
import type { Douyin } from '../../simulators/douyin.ts'
import { startEsb, type Esb } from '../../simulators/esb.ts'
import { startExchangeReceiver, type ExchangeReceiver } from '../../simulators/exchange-merchant-receiver.ts'
import { startReceiver, type Receiver } from '../../simulators/receiver.ts'
import type { RedeemServer } from '../../simulators/redeem-server.ts'
import { startSmsGateway, type SmsGateway } from '../../simulators/sms-gateway.ts'
import { startWhaleReceiver, type WhaleReceiver } from '../../simulators/whale-receiver.ts'
import type { Config } from '../config.ts'
import type { SandboxFile } from './file.ts'
import { startSandboxDouyin, startSandboxMeituan } from './routes-world.ts'
import { keepWechatMerchant, startWechat, type SandboxWechat } from './wechat-world.ts'

/** Who stands behind the hub: they are there before it starts. */
export type Backstage = {
  esb: Esb
  sms: SmsGateway
  smsKey: string
  wechat: SandboxWechat
  douyin: Douyin
  meituan: RedeemServer
  close: () => Promise<void>
}

/** Where the hub's channels hear of what happens. */
export type Receivers = {
  bank: Receiver
  channel: WhaleReceiver
  merchant: ExchangeReceiver
  close: () => Promise<void>
}

// Beside the hub where that port is free, so that its address can be guessed; else anywhere.
async function startBeside<Server>(
  { host }: Config,
  port: number,
  start: (at: { host: string; port: number }) => Promise<Server>,
): Promise<Server> {
  try {
    return await start({ host, port })
  } catch {
    return start({ host, port: 0 })
  }
}

// A hub on any port has no neighbours to be guessed.
const portBeside = (hubPort: number, distance: number): number =>
  hubPort === 0 || hubPort + distance > 65_535 ? 0 : hubPort + distance

type Closeable = { close: () => Promise<void> }

const closeAll = (servers: Closeable[]) => async (): Promise<void> =>
  void (await Promise.all(servers.map((server) => server.close())))

/** Starts the suppliers, WeChat, and a gateway for short messages. */
export async function startBackstage(config: Config): Promise<Backstage> {
  const smsKey = randomBytes(16).toString('hex')
  const merchant = await keepWechatMerchant(config.dataFolder)
  const beside = <Server>(distance: number, start: (at: { host: string; port: number }) => Promise<Server>) =>
    startBeside(config, portBeside(config.port, distance), start)
  const [esb, sms, wechat, douyin, meituan] = await Promise.all([
    beside(2, startEsb),
    beside(3, (at) => startSmsGateway({ ...at, key: smsKey })),
    beside(5, (at) => startWechat(at, merchant)),
    beside(6, startSandboxDouyin),
    beside(7, startSandboxMeituan),
  ])
  return { esb, sms, smsKey, wechat, douyin, meituan, close: closeAll([esb, sms, wechat, douyin, meituan]) }
}

type Partners = Pick<SandboxFile, 'lakala' | 'whale' | 'exchange'>

/** Starts the receivers of the bank, the channel and the merchant, which check what the hub signs. */
export async function startReceivers(
  config: Config,
  hubUrl: string,
  { lakala, whale, exchange }: Partners,
): Promise<Receivers> {
  const hubPort = Number(new URL(hubUrl).port)
  const keyOf = ({ platformPublicKeyPem }: { platformPublicKeyPem: string }) => ({ platformPublicKeyPem })
  const beside = <Server>(distance: number, start: (at: { host: string; port: number }) => Promise<Server>) =>
    startBeside(config, portBeside(hubPort, distance), start)
  const bank = await beside(1, (at) => startReceiver({ ...at, ...keyOf(lakala) }))
  const channel = await beside(4, (at) => startWhaleReceiver({ ...at, ...keyOf(whale) }))
  const { md5Key } = exchange
  const merchant = await beside(8, (at) => startExchangeReceiver({ ...at, ...keyOf(exchange), md5Key }))
  return { bank, channel, merchant, close: closeAll([bank, channel, merchant]) }
}
