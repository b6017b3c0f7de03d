import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { buildApp, urlOf } from './app.ts'
import { composeHub } from './compose.ts'
import type { Config } from './config.ts'
import type { Core } from './core/core.ts'
import { clockDifferenceSeconds } from './db/client/server.ts'
import type { Hub } from './hub.ts'
import { openWeChat } from './http-out/ways-out.ts'
import { createBackground } from './background.ts'
import { openHubDatabase, type HubDatabase } from './hub-database.ts'
import { listeningError } from './listening.ts'
import { createMetrics, addStateGauges } from './metrics.ts'
import { createReadiness, type Phase } from './readiness.ts'
import { within } from './time/waiting.ts'

export type RunningHub = {
  core: Core
  /** Where it listens, for example http://127.0.0.1:8080. */
  url: string
  /** Stops taking requests, finishes what it has, hands claims back and closes. Within ten seconds. */
  close: () => Promise<void>
  /** Settles when the database is gone for good. */
  fatal: Promise<Error>
}

export type RunOptions = {
  config: Config
  log: Logger
  /**
   * Makes what must be there before the hub says that it is ready, for example the sandbox's world. Answers how to
   * close what it opened: that is done before the database is closed.
   */
  prepare?: (core: Core, url: string) => Promise<() => Promise<void>>
  /** The hub's database, where it is being opened already. */
  opening?: HubDatabase
}

// Whoever stops the process with a signal kills it ten seconds later.
const closeMilliseconds = 9_000

/** Puts a hub together and lets it listen, tell and sweep. */
export async function runHub({
  config,
  log,
  prepare,
  opening = openHubDatabase(config),
}: RunOptions): Promise<RunningHub> {
  const metrics = createMetrics()
  const { core, close: closeDatabase } = await composeHub({ config, log, listeners: metrics, opening })
  let phase: Phase = 'starting'
  const wechat = openWeChat(core.hub)
  const readiness = createReadiness(core, () => phase)
  const app = buildApp({ core, metrics, readiness, askWeChat: wechat.ask })
  const background = createBackground(core, metrics.onAttempt)
  addStateGauges(metrics, core)
  let url: string
  let release = async (): Promise<void> => {}
  try {
    await app.listen({ host: config.host, port: config.port })
    url = urlOf(config.host, (app.server.address() as AddressInfo).port)
    release = (await prepare?.(core, url)) ?? release
    await warnOfClock(core.hub)
    await background.start()
    phase = 'ready'
  } catch (error) {
    await app.close()
    await wechat.close()
    await release()
    await closeDatabase()
    throw listeningError(error, config)
  }
  const finish = async (): Promise<void> => {
    await Promise.all([app.close(), background.stop()])
    await wechat.close()
    await release()
    await closeDatabase()
  }
  const close = async (): Promise<void> => {
    phase = 'stopping'
    if ((await within(closeMilliseconds, finish())) === undefined)
      log.error(`stopped in the midst of its work: something did not end within ${closeMilliseconds} ms`)
  }
  return { core, url, close, fatal: opening.fatal }
}

const mostClockSeconds = 30

// Ends, limits of a day and the times of requests go by the clock of the process, and rows of several meet in one database.
async function warnOfClock({ database, log, now }: Hub): Promise<void> {
  const seconds = await clockDifferenceSeconds(database.sql, now)
  if (Math.abs(seconds) < mostClockSeconds) return
  const place = seconds > 0 ? 'behind' : 'ahead of'
  log.warn(
    `the clock of this machine is ${Math.round(Math.abs(seconds))} seconds ${place} the database’s: set both by a time server (NTP), since what ends and what counts for a day goes by it`,
  )
}
