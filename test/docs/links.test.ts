import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fences, projectFiles, quoted, readText, root } from './pages.ts'

const pages = projectFiles().filter((path) => path.endsWith('.md') && !path.startsWith('test/'))
const scripts = Object.keys((JSON.parse(readText('package.json')) as { scripts: Record<string, string> }).scripts)
const folders = new Set(['src', 'test', 'docs', 'migrations', 'simulators', 'bench', 'scripts', '.ci'])

const withoutFences = (page: string): string => page.replace(/^( *)```[\s\S]*?\n\1```$/gm, '')

/** Where the links of a page lead, seen from the root; addresses elsewhere are left out. */
function linksOf(path: string): string[] {
  const targets = [...withoutFences(readText(path)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!)
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => normalize(join(dirname(path), target.split('#')[0]!)))
}

/** The files and folders that a page names: words between backticks that begin with a folder of ours. */
function namedPaths(page: string): string[] {
  return quoted(withoutFences(page))
    .filter((word) => folders.has(word.split('/')[0]!) && word.includes('/') && !/[*…<\s]/.test(word))
    .map((word) => word.replace(/\/$/, ''))
}

/** The scripts of package.json that a page tells to run. */
const namedScripts = (page: string): string[] =>
  [...page.matchAll(/\bnpm (?:run (?:--silent )?([a-z:]+)|(start|test)\b)/g)].map(([, script, own]) => script ?? own!)

describe.each(pages)('%s', (path) => {
  it('links to files that there are', () => {
    expect(linksOf(path).filter((target) => !existsSync(join(root, target)))).toEqual([])
  })

  it('names files that there are', () => {
    const missing = namedPaths(readText(path)).filter((named) => !existsSync(join(root, named)))
    expect(missing).toEqual([])
  })

  it('tells to run scripts that there are', () => {
    expect(namedScripts(readText(path)).filter((script) => !scripts.includes(script))).toEqual([])
  })
})

describe('the README', () => {
  const commands = (path: string): string[] => fences(readText(path)).map(({ text }) => text)

  it('has one test command, which .ci/run runs', () => {
    const testing = commands('README.md').filter((text) => /npm (run )?test/.test(text))
    expect(testing).toEqual(['npm ci && npm test && npm run test:long'])
    expect(readText('.ci/run').trim().split('\n').at(-1)).toBe(testing[0])
  })

  it('shows the same commands in both languages', () => {
    expect(commands('README.zh-CN.md')).toEqual(commands('README.md'))
  })
})

it('every decision is in the index, under its number', () => {
  const index = linksOf('docs/decisions/README.md')
  const written = pages.filter((path) => /^docs\/decisions\/\d{4}-/.test(path))
  expect(index.toSorted()).toEqual(written)
  for (const path of written) expect(readText(path)).toMatch(new RegExp(`^# ${path.slice(15, 19)}: `))
})
