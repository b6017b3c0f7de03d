import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { buildProgram, execute, leavesOf } from '../../src/cli/program.ts'
import { createTerminalSite } from '../../src/cli/site.ts'
import { printError } from '../../src/cli/errors.ts'
import { makeMasterKey } from '../../src/keyring.ts'
import { createRun } from '../../src/cli/run.ts'
import { createRecorder } from './run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'quanhub-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs a command line as a terminal's process does, over a data folder that nobody holds. */
async function runHere(argv: string[], environment: Record<string, string> = {}) {
  const { output, said } = createRecorder()
  const signal = new AbortController().signal
  const terminal = {
    argv,
    environment: { QUANHUB_DATA_DIR: folder, ...environment },
    cwd: folder,
    userName: 'wang',
    output,
    signal,
  }
  const exitCode = await execute(argv, createTerminalSite(terminal, execute))
  return { ...said, exitCode }
}

test('every command takes --json, --actor and --reason, and says what it does', async () => {
  const { output } = createRecorder()
  const terminal = {
    argv: [],
    environment: {},
    cwd: folder,
    userName: 'wang',
    output,
    signal: new AbortController().signal,
  }
  const site = createTerminalSite(terminal, execute)
  const run = createRun(site, () => undefined)
  const leaves = leavesOf(await buildProgram([], run, site, false))
  expect(leaves.length).toBeGreaterThan(40)
  for (const leaf of leaves) {
    const names = leaf.options.map(({ long }) => long)
    expect(names, leaf.name()).toEqual(expect.arrayContaining(['--json', '--actor', '--reason']))
    expect(leaf.description(), leaf.name()).not.toBe('')
  }
})

test.each([
  [['tempalte'], /unknown command 'tempalte'\n\(Did you mean template\?\)/],
  [['coupon', 'shwo', 'X'], /Did you mean show\?/],
  [['channel', 'add', 'X', '--nmae', 'y'], /Did you mean --name\?/],
  [['coupon', 'void', 'X'], /required option '--reason <text>' not specified/],
  [['coupon', 'delay', 'X', '--reason', 'y', '--until', 'tomorrow'], /It must be a time in Asia\/Shanghai/],
  [['channel', 'add'], /missing required argument 'id'/],
  [['template', 'add', 'T', '--face-value', '1e3'], /an amount in yuan with at most two decimals/],
  [['template', 'add', 'T', '--face-value', '1', '--valid-for', '20'], /a number with its unit/],
  [['template', 'add', 'T', '--face-value', '1', '--stock', '-1'], /a whole number from 0/],
  [['template', 'add', 'T', '--redeemable-at', 'shops=A'], /shops=ACCEPTOR:S1,S2/],
  [['template', 'stock', 'T', '5'], /how many more or fewer/],
  [['channel', 'list', '--limit', '0'], /a whole number from 1 to 1000/],
])('%j is told what is wrong, and ends with exit code 2', async (argv, words) => {
  const said = await runHere(argv)
  expect(said.errors.join('\n')).toMatch(words)
  expect(said.exitCode).toBe(2)
})

test('wrong usage is JSON too where JSON was asked for', async () => {
  const said = await runHere(['coupon', 'void', 'X', '--json'])
  expect(said.json).toMatchObject({ error: { code: 'usage' } })
  expect(said).toMatchObject({ exitCode: 2, errors: [] })
})

test('a configuration that cannot be used names every problem at once, with exit code 2', async () => {
  const said = await runHere(['template', 'list'], { PORT: 'x', QUANHUB_TYPO: '1' })
  expect(said.errors.join('\n')).toMatch(/PORT: [^]*QUANHUB_TYPO: there is no such setting/)
  expect(said.exitCode).toBe(2)
})

test('help needs neither a configuration nor a database', async () => {
  const said = await runHere(['template', 'add', '--help'], { PORT: 'x' })
  expect(said.lines.join('\n')).toContain('--redeemable-at')
  expect(said.exitCode).toBe(0)
})

test('the version is that of the package', async () => {
  const said = await runHere(['--version'], { PORT: 'x' })
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  expect(said).toMatchObject({ lines: [version], exitCode: 0 })
})

test('a port that is in use is said before a data folder is made', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const dataFolder = join(folder, 'never-made')
  for (const argv of [['serve'], ['sandbox']]) {
    const environment = { PORT: String(port), QUANHUB_DATA_DIR: dataFolder, QUANHUB_MASTER_KEY: makeMasterKey() }
    const said = await runHere(argv, environment)
    expect(said.errors.join()).toContain(
      `127.0.0.1:${port} is in use by another program. Choose another port with PORT`,
    )
    expect(existsSync(dataFolder)).toBe(false)
  }
  other.close()
})

test('a master key that is gone is said as such, and no other is made in its place', async () => {
  const dataFolder = join(folder, 'without-key')
  mkdirSync(join(dataFolder, 'pg'), { recursive: true })
  const said = await runHere(['sandbox'], { PORT: '0', QUANHUB_DATA_DIR: dataFolder })
  expect(said.errors.join()).toContain('The master key of the data in')
  expect(readdirSync(dataFolder)).toEqual(['pg'])
})

test('what the system refuses comes with what to do', () => {
  const { output, said } = createRecorder()
  const error = Object.assign(new Error("EACCES: permission denied, mkdir '/srv/x'"), {
    code: 'EACCES',
    path: '/srv/x',
  })
  printError(output, error, false)
  expect(said.errors.join()).toMatch(/permission denied.*give the file or folder to the user \(chown\)/)
})
