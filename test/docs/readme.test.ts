import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findFreePort, startServer, type ServerProcess } from '../support/server-process.ts'
import { fences, readText } from './pages.ts'

const examples = fences(readText('README.md'))
const request = examples.find(({ text }) => text.includes('privateKeyPem'))!.text
const answer = JSON.parse(examples.find(({ language }) => language === 'json')!.text) as Answer

type Answer = { code: string; msg: string; data: Record<string, string> }

function isThere(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

// A machine may have Node and nothing else: then the README's own words ask for more than there is.
describe.runIf(isThere('curl') && isThere('bash'))('the signed request of the README', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quanhub-readme-'))
  let hub: ServerProcess
  beforeAll(async () => {
    const environment = { QUANHUB_DATA_DIR: join(folder, 'data'), PORT: String(await findFreePort()) }
    hub = await startServer({ args: ['sandbox'], environment })
  })
  afterAll(async () => {
    await hub.kill('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  })

  it('is answered as it says, as it is printed', () => {
    const output = execFileSync('bash', ['-c', request], { cwd: folder, encoding: 'utf8' })
    const heard = JSON.parse(output) as Answer
    expect(heard).toMatchObject({ code: answer.code, msg: answer.msg, data: { trade_status: 'SUCCESS' } })
    expect(Object.keys(heard.data)).toEqual(Object.keys(answer.data))
    expect(heard.data['third_coupon_id']).toMatch(/^\d{16}$/)
  })
})
