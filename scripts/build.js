// Builds the published package: plain JavaScript for Node 20.19 and newer, and the migrations beside it.
import { execFileSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
rmSync(`${root}/dist`, { recursive: true, force: true })
execFileSync(process.execPath, [`${root}/node_modules/@typescript/native/bin/tsc`, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
})
cpSync(`${root}/migrations`, `${root}/dist/migrations`, { recursive: true })
cpSync(`${root}/package.json`, `${root}/dist/package.json`)
