import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Core } from '../../src/core/core.ts'
import { execute } from '../../src/cli/program.ts'
import { runInHub } from '../../src/cli/remote/client.ts'
import { createCommandServer, type CommandServer } from '../../src/cli/remote/server.ts'
import { createHubSite } from '../../src/cli/site.ts'
import { useDatabase } from '../support/database.ts'
import { openTestHub, world } from '../support/world.ts'
import { createRecorder, runCli } from './run-cli.ts'

describe('a command inside the hub that holds the data folder', () => {
  let core: Core
  let folder: string
  let server: CommandServer
  beforeEach(async () => {
    core = (await openTestHub(await useDatabase('embedded'))).core
    folder = mkdtempSync(join(tmpdir(), 'quanhub-'))
    server = await startServer()
  })
  afterEach(async () => {
    await server.close()
    rmSync(folder, { recursive: true })
  })
  const startServer = () =>
    createCommandServer(folder, (command) => execute(command.request.argv, createHubSite(core, command)))

  async function runRemote(argv: string[], signal = new AbortController().signal) {
    const { output, said, progressed } = createRecorder()
    const request = { argv, cwd: folder, userName: 'li', isInteractive: true, columns: 120, environment: {} }
    const exitCode = await runInHub(folder, request, output, signal)
    return { ...said, exitCode, progressed }
  }

  test('says the same as in a process of its own, with the same exit code', async () => {
    for (const argv of [
      ['template', 'list'],
      ['template', 'list', '--json'],
      ['template', 'show', 'NONE'],
      ['template', 'shwo', 'NONE'],
      ['template', '--help'],
    ]) {
      const local = await runCli(core, argv)
      expect(await runRemote(argv)).toEqual({ ...local, progressed: [] })
    }
  })

  test('acts in the name of the user at the terminal', async () => {
    expect((await runRemote(['channel', 'disable', world.channelId])).exitCode).toBe(0)
    const { json } = await runRemote(['audit', 'list', '--json'])
    expect(json).toMatchObject({ items: [{ actor: 'li', act: 'channel.disable' }] })
  })

  test('finds files from where the user is, and draws its bar there', async () => {
    const text = `code\n${Array.from({ length: 50 }, (_, i) => `REMOTE-${i}`).join('\n')}\n`
    writeFileSync(join(folder, 'codes.csv'), text)
    await runRemote(['codes', 'add-pool', 'tea'])
    const { json, progressed } = await runRemote(['codes', 'import', 'codes.csv', '--pool', 'tea', '--json'])
    expect(json).toMatchObject({ imported: 50 })
    expect(progressed.reduce((sum, amount) => sum + amount, 0)).toBe(text.length)
  })

  test('ends when the user cancels it', async () => {
    const lines = ['code', ...Array.from({ length: 30_000 }, (_, i) => `CANCEL-${i}`)]
    writeFileSync(join(folder, 'codes.csv'), lines.join('\n'))
    await runRemote(['codes', 'add-pool', 'tea'])
    const controller = new AbortController()
    const running = runRemote(['codes', 'import', 'codes.csv', '--pool', 'tea'], controller.signal)
    controller.abort()
    const { exitCode, errors } = await running
    expect(exitCode).toBe(130)
    expect(errors).toEqual(['quanhub: Cancelled. What was finished before stays.'])
  })

  test('cannot be asked for by other users', () => {
    expect(statSync(join(folder, 'hub.sock')).mode & 0o777).toBe(0o600)
  })

  test('does not start a server inside of it', async () => {
    expect((await runRemote(['serve'])).errors[0]).toContain('runs in a process of its own')
  })

  test.each([
    ['no JSON', 'garbage'],
    ['no object', '5'],
    ['another object', '{"request":{"argv":"x"}}'],
    ['far too long', 'x'.repeat(1_000_001)],
  ])('a request that is %s ends its connection and harms nobody', async (_, text) => {
    const socket = connect(join(folder, 'hub.sock')).on('error', () => undefined)
    socket.write(`${text}\n`)
    await once(socket, 'close')
    expect((await runRemote(['template', 'list'])).exitCode).toBe(0)
  })

  test('is not looked for where no hub listens', async () => {
    await server.close()
    expect(existsSync(join(folder, 'hub.sock'))).toBe(false)
    expect((await runRemote(['template', 'list'])).exitCode).toBeUndefined()
    server = await startServer()
  })

  test('a socket that a dead hub left behind is no hub, and the next one takes its place', async () => {
    await server.close()
    const path = join(folder, 'hub.sock')
    const script = `require('net').createServer().listen(${JSON.stringify(path)})`
    const dead = spawn(process.execPath, ['-e', script])
    while (!existsSync(path)) await sleep(5)
    dead.kill('SIGKILL')
    await once(dead, 'exit')
    expect((await runRemote(['template', 'list'])).exitCode).toBeUndefined()
    server = await startServer()
    expect((await runRemote(['template', 'list'])).exitCode).toBe(0)
  })
})
