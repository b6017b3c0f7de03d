import { randomBytes } from 'node:crypto'
import { startEsb, type Esb } from '../../simulators/esb.ts'
import { startReceiver, type Receiver } from '../../simulators/receiver.ts'
import { startSmsGateway, type SmsGateway } from '../../simulators/sms-gateway.ts'
import { startWhaleReceiver, type WhaleReceiver } from '../../simulators/whale-receiver.ts'
import type { Config } from '../config.ts'

/** Who stands behind the hub: they are there before it starts. */
export type Backstage = { esb: Esb; sms: SmsGateway; smsKey: string; close: () => Promise<void> }

/** Where the hub's channels hear of what happens. */
export type Receivers = { bank: Receiver; channel: WhaleReceiver; close: () => Promise<void> }

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

/** Starts a supplier of codes and a gateway for short messages. */
export async function startBackstage(config: Config): Promise<Backstage> {
  const smsKey = randomBytes(16).toString('hex')
  const esb = await startBeside(config, portBeside(config.port, 2), startEsb)
  const sms = await startBeside(config, portBeside(config.port, 3), (at) => startSmsGateway({ ...at, key: smsKey }))
  return { esb, sms, smsKey, close: async () => void (await Promise.all([esb.close(), sms.close()])) }
}

type PlatformKeys = { lakala: { platformPublicKeyPem: string }; whale: { platformPublicKeyPem: string } }

/** Starts the bank's and the channel's receivers, which check what the hub signs. */
export async function startReceivers(
  config: Config,
  hubUrl: string,
  { lakala, whale }: PlatformKeys,
): Promise<Receivers> {
  const hubPort = Number(new URL(hubUrl).port)
  const keyOf = ({ platformPublicKeyPem }: PlatformKeys['lakala']) => ({ platformPublicKeyPem })
  const bank = await startBeside(config, portBeside(hubPort, 1), (at) => startReceiver({ ...at, ...keyOf(lakala) }))
  const channel = await startBeside(config, portBeside(hubPort, 4), (at) =>
    startWhaleReceiver({ ...at, ...keyOf(whale) }),
  )
  return { bank, channel, close: async () => void (await Promise.all([bank.close(), channel.close()])) }
}
