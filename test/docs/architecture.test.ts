import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fences, quoted, readText, root, tables } from './pages.ts'

const page = readText('ARCHITECTURE.md')

type Rule = { name: string; from: { path?: string }; to: { path?: string; pathNot?: string | string[] } }
const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as { forbidden: Rule[] }

/** The rules that let a folder import some others, and nothing else of ours. */
const layers = forbidden.filter(({ to }) => to.path === '^(src|simulators|bench|test)/')
const table = tables(page).find(({ head }) => head.join() === 'folder,may import')!

/** The files and folders of ours that a pattern of the rules stands for, such as `^src/(hub|config)\.ts$`. */
function pathsOf(pattern: string): string[] {
  const plain = pattern
    .replace(/^\^/, '')
    .replace(/\$$|\/$/, '')
    .replaceAll('\\.', '.')
  const [, before, choices, after] = /^(.*)\((.*)\)(.*)$/.exec(plain) ?? []
  return choices === undefined ? [plain] : choices.split('|').map((choice) => `${before}${choice}${after}`)
}

describe('the architecture', () => {
  it('has the table of imports that is checked', () => {
    const written = table.rows.map(
      ([folder, allowed]) => `${quoted(folder!)[0]}: ${quoted(allowed!).toSorted().join(' ')}`,
    )
    const checked = layers.map(({ from, to }) => {
      const own = from.path!
      const allowed = [to.pathNot!].flat().filter((pattern) => pattern !== own)
      return `${pathsOf(own)[0]}: ${allowed.flatMap(pathsOf).toSorted().join(' ')}`
    })
    expect(written.toSorted()).toEqual(checked.toSorted())
  })

  it('has the table of rooms that is checked, and core has no others', () => {
    const written = tables(page).find(({ head }) => head.join() === 'room of `src/core`,what,may import')!.rows
    const named = written.map(([room, , allowed]) => [quoted(room!)[0]!, quoted(allowed!).toSorted()])
    const checked = forbidden
      .filter(({ to }) => to.path === '^src/core/')
      .map(({ from, to }) => [from.path!, ...[to.pathNot!].flat()].map((pattern) => pathsOf(pattern)[0]!.slice(9)))
      .map(([room, , ...allowed]) => [room, allowed.toSorted()])
    expect(named).toEqual(checked)
    const names = readdirSync(join(root, 'src/core'))
    expect(new Set(names)).toEqual(new Set([...named.map(([room]) => room), 'core.ts']))
  })

  it('has a tree of what there is', () => {
    const tree = fences(page).find(({ text }) => text.startsWith('migrations/'))!.text
    const named = [
      ...tree.matchAll(/(?:^|[ (])((?:src|test|docs|cli|core|db|migrations|simulators|bench)\/[\w./-]*)/gm),
    ]
    const paths = named.map(([, path]) => (/^(cli|core|db)\//.test(path!) ? `src/${path}` : path!))
    expect(paths.length).toBeGreaterThan(15)
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  it('traces requests through files that there are', () => {
    const steps = page.slice(page.indexOf('**An issue**'), page.indexOf('## Promises'))
    const files = quoted(steps).filter((word) => /^[a-z/-]+\.ts$/.test(word))
    const places = ['', 'src/']
    const missing = files.filter((file) => !places.some((place) => existsSync(join(root, place, file))))
    expect(files.length).toBeGreaterThan(10)
    expect(missing).toEqual([])
  })
})

it('the table of libraries is the one of package.json', () => {
  const { dependencies, devDependencies } = JSON.parse(readText('package.json')) as Record<
    string,
    Record<string, string>
  >
  const written = tables(readText('docs/decisions/0012-libraries.md')).map(({ rows }) =>
    Object.fromEntries(rows.map(([name, version]) => [quoted(name!)[0], version])),
  )
  expect(written).toEqual([dependencies, devDependencies])
})
