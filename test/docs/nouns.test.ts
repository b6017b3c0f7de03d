import { describe, expect, it } from 'vitest'
import { nouns } from '../../src/core/nouns/all.ts'
import { fieldsOf } from '../../src/core/nouns/noun.ts'
import { nounsPage } from './nouns-page.ts'
import { root } from './pages.ts'

describe('the page of nouns', () => {
  it('is what the descriptions say', async () => {
    await expect(nounsPage()).toMatchFileSnapshot(`${root}docs/nouns.md`)
  })

  it.each(nouns.map((noun) => [noun.key, noun] as const))('describes %s by fields that there are', (_key, noun) => {
    const names = fieldsOf(noun).map(([name]) => name)
    expect(names).toEqual(expect.arrayContaining([...noun.keys, ...noun.list]))
  })
})
