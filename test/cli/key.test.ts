import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Core } from '../../src/core/core.ts'
import { openKeyring } from '../../src/core/keys/data-keys.ts'
import { makeMasterKey, parseMasterKey } from '../../src/keyring.ts'
import { useDatabase } from '../support/database.ts'
import { issueCommand, openTestHub } from '../support/world.ts'
import { runCli } from './run-cli.ts'

describe('key rotate', () => {
  let core: Core
  let folder: string
  const masterKeyText = '11'.repeat(32)
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'quanhub-'))
    // A master key of the data folder's own, as in the sandbox.
    writeFileSync(join(folder, 'master.key'), masterKeyText)
    const config = { dataFolder: folder, masterKey: undefined }
    core = (await openTestHub(await useDatabase('embedded'), { config })).core
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const openWith = (text: string) => openKeyring(core.hub.database, parseMasterKey(text), new Date())

  test('replaces the key in the data folder, and everything stays readable', async () => {
    const cipher = core.hub.keyring.encrypt('an openid')
    const { code } = (await core.issue(issueCommand(new Date()))).coupons[0]!
    expect((await runCli(core, ['key', 'rotate', '--reason', 'yearly'])).exitCode).toBe(0)
    const file = join(folder, 'master.key')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(existsSync(`${file}.new`)).toBe(false)
    const keyring = await openWith(readFileSync(file, 'utf8'))
    expect(keyring.decrypt(cipher)).toBe('an openid')
    expect((await runCli(core, ['coupon', 'show', code])).exitCode).toBe(0)
    await expect(openWith(masterKeyText)).rejects.toThrow('QUANHUB_MASTER_KEY is not the key')
    const { json } = await runCli(core, ['audit', 'list', '--json'])
    expect(json).toMatchObject({ items: [{ act: 'key.rotate', reason: 'yearly' }] })
  })

  test('takes the new key from the environment of the user', async () => {
    const next = makeMasterKey()
    const said = await runCli(core, ['key', 'rotate'], { environment: { QUANHUB_NEW_MASTER_KEY: next } })
    expect(said.exitCode).toBe(0)
    expect(readFileSync(join(folder, 'master.key'), 'utf8').trim()).toBe(next)
  })

  test.each([
    [{ QUANHUB_NEW_MASTER_KEY: 'short' }, /must be 32 random bytes/],
    [{ QUANHUB_NEW_MASTER_KEY: '11'.repeat(32) }, /is the one in use/],
  ])('refuses %j, and changes nothing', async (environment, words) => {
    const said = await runCli(core, ['key', 'rotate'], { environment })
    expect(said.errors.join('\n')).toMatch(words)
    expect(said.exitCode).toBe(1)
    expect(readFileSync(join(folder, 'master.key'), 'utf8')).toBe(masterKeyText)
    await openWith(masterKeyText)
  })
})
