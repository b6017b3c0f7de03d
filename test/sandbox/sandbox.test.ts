import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLakalaBank } from '../../simulators/lakala-bank.ts'
import type { SandboxFile, PartnerUrls } from '../../src/sandbox/file.ts'
import { findFreePort, runCommand, startServer, type Ended, type ServerProcess } from '../support/server-process.ts'

const patienceMilliseconds = 300_000

type Folder = { path: string; environment: Record<string, string> }

async function newFolder(): Promise<Folder> {
  const path = mkdtempSync(join(tmpdir(), 'quanhub-sandbox-'))
  return { path, environment: { QUANHUB_DATA_DIR: path, PORT: String(await findFreePort()) } }
}

const run = ({ environment }: Folder, ...args: string[]): Promise<Ended> => runCommand({ args, environment })
const start = ({ environment }: Folder, ...args: string[]): Promise<ServerProcess> =>
  startServer({ args: ['sandbox', ...args], environment })
const readFile = ({ path }: Folder): SandboxFile => JSON.parse(readFileSync(join(path, 'sandbox.json'), 'utf8'))
const partnerUrls = ({ path }: Folder): PartnerUrls => JSON.parse(readFileSync(join(path, 'partners.json'), 'utf8'))
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

describe('The sandbox', () => {
  let folder: Folder
  let sandbox: ServerProcess
  let first: SandboxFile

  beforeAll(async () => {
    folder = await newFolder()
    sandbox = await start(folder, '--time-factor', '600')
    first = readFile(folder)
  }, patienceMilliseconds)
  afterAll(async () => {
    await sandbox.kill('SIGKILL')
    rmSync(folder.path, { recursive: true, force: true })
  })

  it('has written sandbox.json when it says that it is ready, with the documented keys, for its owner alone', () => {
    const wires = ['lakala', 'shoubei', 'whale', 'esb', 'sms', 'exchange', 'wechat', 'routes']
    expect(Object.keys(first)).toEqual(['url', ...wires])
    expect(Object.keys(first.exchange)).toEqual([
      'businessId',
      'merchantId',
      'md5Key',
      'privateKeyPem',
      'platformPublicKeyPem',
      'productCode',
      'activityId',
      'couponPath',
      'infoPath',
      'codePath',
    ])
    expect(Object.keys(first.wechat)).toEqual(['appId', 'deliverPath', 'allowedHost', 'simulatorUrl'])
    expect(Object.keys(first.routes)).toEqual(['douyinCode', 'meituanCode'])
    expect(Object.keys(first.whale)).toEqual([
      'erpAppId',
      'erpPrivateKeyPem',
      'channelAppId',
      'channelPrivateKeyPem',
      'platformPublicKeyPem',
      'path',
      'saleChannelId',
      'activityId',
      'ticketId',
      'storeInfo',
    ])
    expect([Object.keys(first.esb), Object.keys(first.sms)]).toEqual([['inboxUrl'], ['inboxUrl']])
    expect(Object.keys(first.lakala)).toEqual([
      'appid',
      'serialNo',
      'privateKeyPem',
      'platformPublicKeyPem',
      'ownerId',
      'activityId',
      'promotionId',
      'shortPromotionId',
      'scarcePromotionId',
      'memberPrefix',
      'issuePath',
      'queryPath',
    ])
    const till = ['instNo', 'merchantNo', 'shopNo', 'key', 'wfPath', 'queryPath', 'cancelPath', 'preparePath']
    expect(Object.keys(first.shoubei)).toEqual(till)
    expect(first.url).toBe(sandbox.url)
    for (const name of ['sandbox.json', 'wechat.json', 'master.key'])
      expect(modeOf(join(folder.path, name))).toBe('600')
  })

  it(
    'plays the demo, step by step, and shows the history of the coupon',
    async () => {
      const { exitCode, output } = await run(folder, 'demo')
      expect(output).toMatch(/ms {2}Lakala {3}the bank orders a coupon[\s\S]*the write-off callback arrives/)
      expect(output).toMatch(/What the hub knows of it[\s\S]*issued[\s\S]*redeemed[\s\S]*told/)
      expect(exitCode).toBe(0)
    },
    patienceMilliseconds,
  )

  it(
    'plays Whale’s story: set up over the wire, an ESB, a message, rules, and why one was not met',
    async () => {
      const { exitCode, output } = await run(folder, 'demo', 'whale')
      expect(output).toMatch(/ERP {6}creates two rules[\s\S]*gets the code by short message[\s\S]*that the ESB makes/)
      expect(output).toMatch(/40\.00 yuan off[\s\S]*今日已用 1\/1[\s\S]*REFUSED \(limit_exceeded\)/)
      expect(exitCode).toBe(0)
      const proof = await run(folder, 'verify')
      expect(proof).toMatchObject({ exitCode: 0 })
    },
    patienceMilliseconds,
  )

  it(
    'plays Exchange’s story: an openid, a coupon of WeChat Pay’s, its use, and codes',
    async () => {
      const { exitCode, output } = await run(folder, 'demo', 'exchange')
      expect(output).toMatch(
        /openid=[\w-]+&from=dshy[\s\S]*in the holder’s wallet[\s\S]*已核销[\s\S]*decrypted: \d{16}, \d{16}/,
      )
      expect(output).toMatch(/What the hub knows of it[\s\S]*redeemed/)
      expect(exitCode).toBe(0)
    },
    patienceMilliseconds,
  )

  it(
    'plays the story of routes: a coupon of Douyin’s used, taken back, and used once over lost answers',
    async () => {
      const { exitCode, output } = await run(folder, 'demo', 'routes')
      expect(output).toMatch(/0227 券码已使用[\s\S]*CANCELLED[\s\S]*used once[\s\S]*Meituan’s coupon\n +SUCCESS/)
      expect(exitCode).toBe(0)
      expect(await run(folder, 'verify')).toMatchObject({ exitCode: 0 })
    },
    patienceMilliseconds,
  )

  it(
    "runs other processes' commands inside of it, over a socket for its owner alone",
    async () => {
      expect(modeOf(join(folder.path, 'hub.sock'))).toBe('600')
      const listed = await run(folder, 'channel', 'list', '--json')
      expect(JSON.parse(listed.output)).toMatchObject({
        items: [{ id: first.whale.saleChannelId }, { id: first.lakala.ownerId }, { id: first.exchange.merchantId }],
        next: null,
      })
      const missing = await run(folder, 'channel', 'show', 'nobody')
      expect(missing).toMatchObject({ exitCode: 3, output: expect.stringContaining('nobody') })
      const wrong = await run(folder, 'channel', 'show', '--json')
      expect(wrong).toMatchObject({ exitCode: 2 })
      expect(JSON.parse(wrong.output)).toMatchObject({ error: { code: 'usage' } })
    },
    patienceMilliseconds,
  )

  it(
    "tells a partner's engineer that all is well, or what is wrong",
    async () => {
      for (const wire of ['lakala', 'shoubei']) {
        const checked = await run(folder, 'partner', 'check', wire)
        expect(checked).toMatchObject({ exitCode: 0, output: expect.stringContaining('All is well.') })
      }
      const nowhere = await run(folder, 'partner', 'check', 'lakala', '--url', 'http://127.0.0.1:1')
      expect(nowhere).toMatchObject({ exitCode: 1, output: expect.stringContaining('nothing listens there') })
    },
    patienceMilliseconds,
  )

  it(
    'divides the waits between callbacks, so that a schedule of hours can be watched',
    async () => {
      const receiver = partnerUrls(folder).bankUrl
      const mode = { path: '/lakala/issued', mode: '500' }
      await fetch(`${receiver}/mode`, { method: 'POST', body: JSON.stringify(mode) })
      const bank = createLakalaBank({ hubUrl: first.url, ...first.lakala })
      const notify = { writeOffNotify: `${receiver}/lakala/used`, postNotify: `${receiver}/lakala/issued` }
      const { data } = await bank.issue({ promotionId: first.lakala.promotionId, ...notify })
      const listed = async () => {
        const { output } = await run(folder, 'notification', 'list', '--json', '--order', String(data?.['trade_no']))
        return (JSON.parse(output) as { items: { no: string; attempts: number }[] }).items[0]!
      }
      // Undivided, the fifth attempt would come after 201 seconds.
      while ((await listed()).attempts < 5) await sleep(100)
      const shown = await run(folder, 'notification', 'show', (await listed()).no)
      expect(shown.output).toMatch(/attempt 5 {2}.*refused, HTTP 500/)
    },
    patienceMilliseconds,
  )

  it(
    'refuses to run twice on one folder, and says what to do',
    async () => {
      const environment = { ...folder.environment, PORT: String(await findFreePort()) }
      const second = await runCommand({ args: ['sandbox'], environment })
      expect(second.exitCode).toBe(1)
      expect(second.output).toMatch(/in use by process \d+ .*stop it first, or use another folder \(QUANHUB_DATA_DIR\)/)
    },
    patienceMilliseconds,
  )

  it(
    'runs beside another one with a folder and a port of its own',
    async () => {
      const other = await newFolder()
      const beside = await start(other)
      try {
        expect(readFile(other)).toMatchObject({ url: beside.url })
        expect(readFile(other).lakala.privateKeyPem).not.toBe(first.lakala.privateKeyPem)
        expect(await run(other, 'demo')).toMatchObject({ exitCode: 0 })
        expect((await fetch(`${sandbox.url}/readyz`)).status).toBe(200)
      } finally {
        await beside.kill('SIGKILL')
        rmSync(other.path, { recursive: true, force: true })
      }
    },
    patienceMilliseconds,
  )

  it.each([
    [['sandbox', '--time-factor', '0'], 'whole number from 1 to 100000'],
    [['sandbox', '--no-such-option'], "unknown option '--no-such-option'"],
    [['no-such-command'], "unknown command 'no-such-command'"],
  ])('says what is wrong with %j', async (args, words) => {
    expect(await run(folder, ...args)).toMatchObject({ exitCode: 2, output: expect.stringContaining(words) })
  })

  it('names every problem of its settings at once', async () => {
    const environment = { ...folder.environment, PORT: 'http', QUANHUB_BATCH_COMMANDS: '0', QUANHUB_TYPO: '1' }
    const { exitCode, output } = await runCommand({ args: ['sandbox'], environment })
    expect(exitCode).toBe(2)
    for (const name of ['PORT', 'QUANHUB_BATCH_COMMANDS', 'QUANHUB_TYPO']) expect(output).toContain(`- ${name}`)
  })

  it(
    'ends in order on SIGTERM within ten seconds, and keeps what it wrote at its next start',
    async () => {
      const keys = readFileSync(join(folder.path, 'wechat.json'), 'utf8')
      const began = performance.now()
      expect(await sandbox.kill('SIGTERM')).toMatchObject({ exitCode: 0, output: expect.stringContaining('Stopping.') })
      expect(performance.now() - began).toBeLessThan(10_000)
      const silent = await run(folder, 'demo')
      expect(silent).toMatchObject({ exitCode: 1, output: expect.stringContaining('npm start') })
      sandbox = await start(folder)
      expect(readFile(folder)).toEqual(first)
      expect(readFileSync(join(folder.path, 'wechat.json'), 'utf8')).toBe(keys)
      expect(await run(folder, 'demo')).toMatchObject({ exitCode: 0 })
    },
    patienceMilliseconds,
  )
})
