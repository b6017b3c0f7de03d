import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { createLakalaBank } from '../../simulators/lakala-bank.ts'
import { startReceiver, type Receiver } from '../../simulators/receiver.ts'
import { createShoubeiTill } from '../../simulators/shoubei-till.ts'
import { openDatabase } from '../../src/db/client/client.ts'
import { readSandboxFile } from '../../src/sandbox/file.ts'
import { databases, freshDatabase, type FreshDatabase } from '../support/database.ts'
import { startProxy, type Proxy } from '../support/proxy.ts'
import { findFreePort, runCommand, startServer, type ServerProcess } from '../support/server-process.ts'
import { eachOf, until } from './asking.ts'
import { redemptionOf, startLoad, type Issued, type Load, type Partners, type Redeemed } from './load.ts'

const rounds = inject('isLong') ? { postgres: 20, embedded: 3 } : { postgres: 3, embedded: 1 }
// Patience for a busy machine, not a promise: the hub's own end is nine seconds after the signal.
const patienceMilliseconds = 60_000
// What a stopped process, and one whose database is silent, gets over by itself; shorter than its claims last.
const stoppedMilliseconds = 8_000
const silentMilliseconds = 27_000
const issuedPerRound = 20
const redeemedPerRound = 10

describe.each(databases)('A hub in the midst of its work (%s)', (kind) => {
  let dataFolder: string
  let fresh: FreshDatabase | undefined
  let proxy: Proxy | undefined
  let environment: Record<string, string>
  let hub: ServerProcess
  let receiver: Receiver
  let partners: Partners
  let load: Load | undefined

  beforeEach(async () => {
    dataFolder = mkdtempSync(join(tmpdir(), 'quanhub-crash-'))
    fresh = kind === 'postgres' ? await freshDatabase(kind) : undefined
    proxy = fresh && (await startProxy(fresh.url!))
    environment = {
      QUANHUB_DATA_DIR: dataFolder,
      QUANHUB_REQUESTS_PER_SECOND: '100000',
      PORT: String(await findFreePort()),
      ...(proxy === undefined ? {} : { DATABASE_URL: proxy.url }),
    }
    // One process that ends in order leaves its compiled modules to those that are killed.
    await runCommand({ args: ['--help'], environment })
    hub = await startServer({ args: ['sandbox'], environment })
    const sandbox = readSandboxFile(dataFolder)!
    const { platformPublicKeyPem } = sandbox.lakala
    receiver = await startReceiver({ platformPublicKeyPem, inboxLimit: 1_000_000 })
    const bank = createLakalaBank({ hubUrl: sandbox.url, ...sandbox.lakala })
    const till = createShoubeiTill({ hubUrl: sandbox.url, ...sandbox.shoubei })
    partners = { bank, till, sandbox, receiverUrl: receiver.url }
  })
  afterEach(async () => {
    load?.abandon()
    await hub.kill('SIGKILL')
    await receiver.close()
    await proxy?.close()
    await fresh?.drop()
    rmSync(dataFolder, { recursive: true, force: true })
  })

  it('that is killed again and again forgets nothing that it acknowledged, does nothing twice, and tells everything', async () => {
    load = startLoad(partners)
    for (let round = 0; round < rounds[kind]; round++) {
      await untilMoreIsDone(load)
      await hub.kill('SIGKILL')
      await letLeasesEnd()
      hub = await startServer({ args: ['sandbox'], environment })
    }
    await expectAllIsWell(load)
  })

  if (inject('isLong')) {
    it('that is stopped, and goes on, forgets nothing, does nothing twice, and ends in time when it is told to', async () => {
      load = startLoad(partners)
      await untilMoreIsDone(load)
      hub.signal('SIGSTOP')
      await sleep(stoppedMilliseconds)
      hub.signal('SIGCONT')
      await untilMoreIsDone(load)
      await expectAllIsWell(load)
      expect(await hub.kill('SIGTERM')).toMatchObject({ exitCode: 0 })
    })
  }

  // The embedded database has no connection that could fall silent.
  if (inject('isLong') && kind === 'postgres') {
    it('whose database falls silent, or is cut at the commit, forgets nothing, does nothing twice, and says that it is not ready', async () => {
      load = startLoad(partners)
      for (const when of ['before it arrives', 'after it arrived'] as const) {
        await untilMoreIsDone(load)
        proxy!.cutAt('commit', when)
      }
      await untilMoreIsDone(load)
      proxy!.silence(true)
      await until(async () => (await fetch(`${hub.url}/readyz`)).status === 503)
      await sleep(silentMilliseconds)
      proxy!.silence(false)
      // What was swallowed is missed by both sides: those connections are given up by their deadlines.
      await untilMoreIsDone(load)
      await until(async () => (await fetch(`${hub.url}/readyz`)).status === 200)
      await expectAllIsWell(load)
    })

    it('ends within ten seconds of SIGTERM, although its database is silent', async () => {
      load = startLoad(partners)
      await untilMoreIsDone(load)
      proxy!.silence(true)
      const ended = await Promise.race([hub.kill('SIGTERM'), sleep(patienceMilliseconds, 'it goes on')])
      load.abandon()
      expect(ended).toMatchObject({ exitCode: 0 })
    })
  }

  async function untilMoreIsDone({ issued, redeemed, check }: Load): Promise<void> {
    const enough = { issued: issued.length + issuedPerRound, redeemed: redeemed.length + redeemedPerRound }
    await until(() => check() && issued.length >= enough.issued && redeemed.length >= enough.redeemed)
  }

  async function expectAllIsWell(done: Load): Promise<void> {
    await done.stop()
    await expectRemembered(done)
    await expectTold(done)
    const verified = await runCommand({ args: ['verify', '--full'], environment })
    expect(verified).toMatchObject({ exitCode: 0, output: expect.stringContaining('Everything adds up') })
  }

  /** What half a minute between a crash and the restart would do, in which a dead process's leases run out. */
  async function letLeasesEnd(): Promise<void> {
    const database = await openDatabase({ databaseUrl: fresh?.url, dataFolder })
    await database.sql`update lane_leases set leased_until = 'epoch'`
    await database.sql`update notifications set claimed_until = 'epoch' where claim_id is not null`
    await database.close()
  }

  async function expectRemembered({ issued, redeemed }: Load): Promise<void> {
    expect(new Set(issued.map(({ code }) => code)).size).toBe(issued.length)
    await eachOf(issued, async ({ order, merchantOrderId, code, tradeNo }) => {
      const used = redeemed.some((redemption) => redemption.issued.merchantOrderId === merchantOrderId) ? 'USED' : ''
      const { data } = await partners.bank.query({ merchantOrderId, tradeNo })
      expect(data).toMatchObject({ resCode: '000000', trade_status: 'SUCCESS', tradeStatus: used })
      const repeated = await partners.bank.issue(order)
      expect(repeated.data).toMatchObject({ trade_status: 'SUCCESS', third_coupon_id: code, trade_no: tradeNo })
    })
    await eachOf(redeemed, async (redemption) => {
      const { body } = await partners.till.redeem(redemptionOf(redemption.issued))
      expect(body).toMatchObject({ result_code: 'SUCCESS', order_no: redemption.orderNo })
    })
  }

  async function expectTold({ issued, redeemed }: Load): Promise<void> {
    const wanted = [...issued.map(issueName), ...redeemed.map(redemptionName)]
    const missing = (): string[] => {
      const told = new Set(receiver.inbox.map(({ body }) => nameOf(body)))
      return wanted.filter((name) => !told.has(name))
    }
    await until(() => missing().length === 0).catch(() => undefined)
    expect(missing()).toEqual([])
    expect(receiver.inbox.every(({ isHeaderSignatureValid }) => isHeaderSignatureValid)).toBe(true)
  }
})

const issueName = ({ tradeNo }: Issued): string => `issued ${tradeNo}`
const redemptionName = ({ issued }: Redeemed): string => `used ${issued.tradeNo}`

/** Which order a callback tells of: the issue callback says `callTradeNo`, the write-off callback `trade_no`. */
function nameOf(body: unknown): string {
  const { callTradeNo, trade_no: tradeNo } = body as Record<string, string | undefined>
  return callTradeNo === undefined ? `used ${tradeNo}` : `issued ${callTradeNo}`
}
