import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findFreePort, runCommand, startServer, type Program } from '../support/server-process.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string
  dependencies: Record<string, string>
}
const run = promisify(execFile)

// Tests run on the Node of node_modules/.bin; the package has to do with the machine's own.
const machinePath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules') && !folder.includes('node-gyp-bin'))
  .join(delimiter)
const machineNode = (): string =>
  execFileSync('which', ['node'], { env: { PATH: machinePath }, encoding: 'utf8' }).trim()
// Not the settings that npm hands to its scripts.
const environment = { PATH: machinePath, HOME: process.env['HOME'] ?? '' }

describe('the package', () => {
  // Always in the same place, so that npx unpacks it over that of the last run; outside of any project, as a user's is.
  const packed = join(tmpdir(), `quanhub-package-${userInfo().uid}`)
  const tarball = join(packed, `quanhub-${manifest.version}.tgz`)
  let folder: string
  let program: Program

  beforeAll(async () => {
    mkdirSync(packed, { recursive: true })
    await run('npm', ['pack', '--silent', '--pack-destination', packed], { cwd: root })
    folder = mkdtempSync(join(tmpdir(), 'quanhub-package-'))
    program = { node: machineNode(), main: install(folder, tarball) }
  })
  afterAll(() => {
    for (const made of [folder, packed]) rmSync(made, { recursive: true, force: true })
  })

  it('has built JavaScript, the migrations, and nothing that only development needs', () => {
    const files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trim().split('\n')
    expect(files).toContain('package/dist/src/main.js')
    expect(files.filter((file) => /^package\/dist\/migrations\/\d{4}_\w+\.sql$/.test(file)).length).toBeGreaterThan(0)
    expect(files.filter((file) => /\.ts$|\.test\.|^package\/(src|test|bench)\//.test(file))).toEqual([])
  })

  it("plays the main job on the machine's own Node, with its production dependencies alone", async () => {
    const settings = { QUANHUB_DATA_DIR: join(folder, 'data'), PORT: String(await findFreePort()), PATH: machinePath }
    const hub = await startServer({ args: ['sandbox'], environment: settings, program })
    try {
      const demo = await runCommand({ args: ['demo'], environment: settings, program })
      expect(demo).toMatchObject({ exitCode: 0, output: expect.stringContaining('the write-off callback arrives') })
    } finally {
      expect(await hub.kill('SIGTERM')).toMatchObject({ exitCode: 0 })
    }
  })

  it('is run by npx where it is installed', async () => {
    const { stdout } = await run('npx', ['--no', '--', 'quanhub', '--help'], { cwd: folder, env: environment })
    expect(stdout).toContain('Usage: quanhub')
  })

  it('is run by npx from its tarball, where the registry can be reached', async () => {
    if (!(await isRegistryReachable())) return
    const parameters = ['--yes', '--prefer-offline', `./quanhub-${manifest.version}.tgz`, '--help']
    const { stdout } = await run('npx', parameters, { cwd: packed, env: environment })
    expect(stdout).toContain('Usage: quanhub')
  })
})

/** What `npm install` would make of the tarball, out of the dependencies that are at hand. Answers the program's path. */
function install(folder: string, tarball: string): string {
  const modules = join(folder, 'node_modules')
  const home = join(modules, 'quanhub')
  mkdirSync(join(modules, '.bin'), { recursive: true })
  mkdirSync(home)
  execFileSync('tar', ['-xzf', tarball, '-C', home, '--strip-components=1'])
  for (const name of Object.keys(manifest.dependencies)) link(join(root, 'node_modules', name), join(modules, name))
  const main = join(home, 'dist/src/main.js')
  chmodSync(main, 0o755)
  link(main, join(modules, '.bin/quanhub'))
  return main
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  if (!existsSync(path)) symlinkSync(target, path)
}

async function isRegistryReachable(): Promise<boolean> {
  try {
    await run('npm', ['view', 'commander', 'version', '--fetch-retries=0', '--fetch-timeout=5000'], {
      env: environment,
    })
    return true
  } catch {
    return false
  }
}
