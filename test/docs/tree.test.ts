import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { projectFiles, readText, root } from './pages.ts'

// Put together from pieces, so that this file does not say what it looks for.
const homes = ['home', 'Users', 'root', 'work'].join('|')
const strangers = ['reading', 'facts', 'toolchain', 'peers', 'models', 'delivery', 'architecture'].join('|')
const banned: [what: string, pattern: RegExp][] = [
  ['a path of somebody’s machine', new RegExp(`(?:^|[^\\w./:])/(?:${homes})/`)],
  ['a folder outside of the project', new RegExp(['\\.\\.', 'shared'].join('/'))],
  [
    'a page that is not in the project',
    new RegExp(`(?<![\\w/])(?:${strangers})\\.md|(?<!faces/|suppliers/)\\b(?:lakala|shoubei)\\.md`),
  ],
  ['something that is left to do', new RegExp(['TO', 'FIX'].map((start, i) => start + ['DO', 'ME'][i]).join('|'))],
]
const isText = (path: string): boolean => /\.(?:ts|js|cjs|json|md|sql|svg|ya?ml)$|^[^.]+$|^\.ci\//.test(path)
const files = projectFiles().filter((path) => isText(path) && statSync(join(root, path)).isFile())

it.each(banned)('the tree names nowhere %s', (_what, pattern) => {
  const found = files.flatMap((path) =>
    readText(path)
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim().slice(0, 100)}`] : [])),
  )
  expect(found).toEqual([])
})

it('the lock file names no registry: whoever installs uses their own', () => {
  const hosts = [...readText('package-lock.json').matchAll(/"resolved": "([a-z]+:\/\/[^/"]+)/g)].map(([, host]) => host)
  expect([...new Set(hosts)]).toEqual([])
})

it('data, builds and installed packages are not in the tree', () => {
  expect(files.filter((path) => /^(?:data|dist|node_modules)\//.test(path))).toEqual([])
})
