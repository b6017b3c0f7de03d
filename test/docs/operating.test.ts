import { describe, expect, it } from 'vitest'
import { exitCodes } from '../../src/cli/errors.ts'
import { toDoOf } from '../../src/core/verify/checks/index.ts'
import { createMetrics, addStateGauges } from '../../src/metrics.ts'
import { useDatabase } from '../support/database.ts'
import { openTestHub } from '../support/world.ts'
import { quoted, readText, tables } from './pages.ts'

const page = readText('docs/operating.md')
const tableOf = (...head: string[]) => tables(page).find((table) => table.head.join() === head.join())!.rows

describe('the page for operators', () => {
  it('lists every metric of ours with its labels, and none that there is not', async () => {
    const metrics = createMetrics()
    addStateGauges(metrics, (await openTestHub(await useDatabase('embedded'))).core)
    const registered = metrics.registry.getMetricsAsArray() as unknown as { name: string; labelNames: string[] }[]
    const ours = registered.filter(({ name }) => name.startsWith('quanhub_'))
    const rows = tableOf('name', 'labels', 'meaning')
    const written = rows.map(([name, labels]) => [quoted(name!)[0], ...quoted(labels!)].join(' '))
    expect(written.toSorted()).toEqual(ours.map(({ name, labelNames }) => [name, ...labelNames].join(' ')).toSorted())
  })

  it('lists every exit code', () => {
    const written = tableOf('code', 'meaning').map(([code]) => Number(code))
    expect(written).toEqual(Object.values(exitCodes))
  })

  it('lists every check of the proof', () => {
    const written = tableOf('check', 'what must be so').flatMap(([names]) => quoted(names!))
    expect(written).toEqual([...toDoOf.keys()])
  })

  it('names what is masked in logs, all of it', () => {
    const sentence = /Masked wherever they occur as fields: ([^.]*)\./.exec(page)![1]!
    const names = quoted(sentence)
    expect(names.length).toBeGreaterThan(0)
    const source = readText('src/log.ts')
    const masked = /const masked = \[([^\]]*)\]/.exec(source)![1]!
    expect(names).toEqual([...masked.matchAll(/'(\w+)'/g)].map(([, name]) => name))
  })
})
