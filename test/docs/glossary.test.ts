import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { quoted, readText, root, tables } from './pages.ts'

const migrations = readdirSync(`${root}migrations`)
  .map((file) => readText(`migrations/${file}`))
  .join('\n')
const glossary = tables(readText('docs/glossary.md'))
const things = glossary.find(({ head }) => head.includes('table'))!
const states = glossary.find(({ head }) => head.includes('states'))!

/** The words that a check constraint allows, such as `state in ('due', 'delivered')`. */
const allowed = [...migrations.matchAll(/check \(\w+ in \(((?:'\w+'(?:, )?)+)\)\)/g)].flatMap(([, list]) =>
  [...list!.matchAll(/'(\w+)'/g)].map(([, word]) => word!),
)
const madeTables = [...migrations.matchAll(/^create table (\w+) \(/gm)].map(([, name]) => name!)

describe('the glossary', () => {
  it('has a word for every table, and names none that there is not', () => {
    const named = things.rows.flatMap((row) => quoted(row[things.head.indexOf('table')]!))
    expect([...new Set(named)].toSorted()).toEqual(madeTables.toSorted())
  })

  it('has every state and kind that the database allows, and none that it does not', () => {
    // A word of the code stands with its word in Chinese; others are only referred to.
    const explained = states.rows.flatMap((row) =>
      [...row[1]!.matchAll(/`(\w+)` \p{Script=Han}/gu)].map(([, word]) => word!),
    )
    expect([...new Set(explained)].toSorted()).toEqual([...new Set(allowed)].toSorted())
  })
})
