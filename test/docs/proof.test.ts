import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { quoted, readText, root, tables } from './pages.ts'

it('the page of proofs names tests that there are', () => {
  const [table] = tables(readText('docs/proof.md'))
  const files = table!.rows.flatMap(([, where]) => quoted(where!))
  expect(files.length).toBeGreaterThan(10)
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
})
