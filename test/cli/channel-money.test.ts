import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboundKeys, inboundSecrets } from '../../src/core/set-up/app-keys.ts'
import type { App } from '../../src/core/set-up/snapshot.ts'
import { useDatabase } from '../support/database.ts'
import { issueCommand, openTestHub, world, type TestHub } from '../support/world.ts'
import { jsonOf, runCli } from './run-cli.ts'

const { channelId } = world
const { normal } = world.templates
let hub: TestHub
let folder: string
beforeAll(async () => {
  hub = await openTestHub(await useDatabase('embedded'))
  folder = mkdtempSync(join(tmpdir(), 'quanhub-money-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const run = (...argv: string[]) => runCli(hub.core, argv, { cwd: folder })
const json = <T>(...argv: string[]) => jsonOf<T>(hub.core, argv, { cwd: folder })

describe('quanhub channel', () => {
  it('price sets what a coupon costs, says so, and goes back to the face value', async () => {
    const said = await run('channel', 'price', channelId, normal, '29.50')
    expect(said.lines).toEqual([`A coupon of template ${normal} costs channel ${channelId} 29.50 yuan.`])
    expect((await hub.core.issue(issueCommand(new Date()))).order.settlementPriceFen).toBe(2_950)
    const back = await run('channel', 'price', channelId, normal, 'default')
    expect(back.lines[0]).toContain('its face value, 30.00 yuan')
    expect((await run('channel', 'price', channelId, normal, '29.505')).exitCode).toBe(2)
    expect((await run('channel', 'price', channelId, 'NONE', '1')).exitCode).toBe(3)
  })

  it('balance and top-up say what was paid in, taken and left; a payment needs its reason', async () => {
    expect((await run('channel', 'balance', channelId)).lines[0]).toContain('does not pay in advance')
    expect((await run('channel', 'top-up', channelId, '100')).exitCode).toBe(2)
    const paid = await run('channel', 'top-up', channelId, '100.50', '--reason', 'a transfer')
    expect(paid.lines).toEqual([`Channel ${channelId} has 100.50 yuan left: 100.50 paid in, 0.00 taken by orders.`])
    await hub.core.issue(issueCommand(new Date()))
    const balance = { channelId, paidInFen: 10_050, takenFen: 3_000, balanceFen: 7_050 }
    expect(await json('channel', 'balance', channelId)).toEqual(balance)
    expect((await run('channel', 'top-up', channelId, '-70.51', '--reason', 'a mistake')).exitCode).toBe(1)
    const left = await json('channel', 'top-up', channelId, '-70.50', '--reason', 'a mistake')
    expect(left).toEqual({ channelId, paidInFen: 3_000, takenFen: 3_000, balanceFen: 0 })
  })
})

describe('quanhub app of the exchange system', () => {
  const key = (name: string): string => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    writeFileSync(join(folder, name), publicKey.export({ type: 'spki', format: 'pem' }))
    return name
  }
  const secret = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return name
  }
  const appOf = async (id: string): Promise<App> => (await hub.core.setup.refresh()).apps.get(`exchange ${id}`)!
  const add = (id: string, ...keys: string[]) => run('app', 'add', 'exchange', id, '--channels', channelId, ...keys)

  it('has a key pair, a shared secret, or both; with a pair it gets the hub’s key', async () => {
    const [pem, md5] = [key('a.pem'), secret('a.key', '1234567890abcdef')]
    expect((await add('BOTH', '--public-key', pem, '--secret-file', md5)).lines.join()).toContain('BEGIN PUBLIC KEY')
    expect((await add('MD5', '--secret-file', md5)).lines).toEqual(['App MD5 is added.'])
    expect((await add('NONE')).exitCode).toBe(1)
    const both = ['--public-key', pem, '--secret-file', md5, '--channels', channelId]
    expect((await run('app', 'add', 'lakala', 'BOTH', ...both)).exitCode).toBe(1)
    const app = await appOf('BOTH')
    expect(inboundKeys(app, new Date())[0]!.publicKey).toContain('BEGIN PUBLIC KEY')
    expect(inboundSecrets(app, hub.hub.keyring, new Date())).toEqual(['1234567890abcdef'])
    expect((await run('app', 'show', 'exchange', 'BOTH')).lines.join()).toContain('and a shared secret')
  })

  it('goes on with the kinds of keys that it began with', async () => {
    const [pem, md5] = [key('b.pem'), secret('b.key', 'fedcba0987654321')]
    const rotate = (id: string, ...keys: string[]) => run('app', 'rotate-key', 'exchange', id, '--inbound', ...keys)
    expect((await rotate('BOTH', '--public-key', pem)).exitCode).toBe(1)
    expect((await rotate('BOTH', '--secret-file', md5)).exitCode).toBe(1)
    expect((await rotate('MD5', '--public-key', pem)).exitCode).toBe(1)
    expect((await rotate('BOTH', '--public-key', pem, '--secret-file', md5)).exitCode).toBe(0)
    const secrets = inboundSecrets(await appOf('BOTH'), hub.hub.keyring, new Date())
    expect(secrets).toEqual(['fedcba0987654321', '1234567890abcdef'])
    expect((await run('app', 'rotate-key', 'exchange', 'BOTH', '--outbound')).exitCode).toBe(0)
    expect((await run('app', 'rotate-key', 'exchange', 'MD5', '--outbound')).exitCode).toBe(1)
  })
})
