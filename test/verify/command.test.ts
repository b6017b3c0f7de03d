import { Command } from 'commander'
import { expect, it } from 'vitest'
import type { Access, Site } from '../../src/cli/context.ts'
import type { Output } from '../../src/cli/output.ts'
import { createRun } from '../../src/cli/run.ts'
import { registerVerify } from '../../src/cli/verify.ts'
import { useDatabase } from '../support/database.ts'
import { openClockedHub, playMix, type ClockedHub } from './mix.ts'

it('verify exits with 1 and names each difference, for people and as JSON', async () => {
  const database = await useDatabase('embedded')
  const hub = await openClockedHub(database, new Date('2026-06-10T04:00:00Z'))
  await playMix(hub)
  const right = await runVerify(hub, ['verify'])
  expect(right).toMatchObject({ exitCode: 0, done: 256 })
  expect(right.lines.join()).toContain('Everything adds up: 1 day,')
  await database.sql`update counters set used = used + 1 where key like 'stock:activity:%'`
  const wrong = await runVerify(hub, ['verify'])
  expect(wrong.exitCode).toBe(1)
  expect(wrong.lines.join('\n')).toMatch(
    /^stock: counter stock:activity:ACT1 .*\n {2}What to do: .*\n\n1 difference, each seen three times: 1 day, /m,
  )
  const asJson = await runVerify(hub, ['verify', '--full', '--json'])
  expect(asJson).toMatchObject({
    exitCode: 1,
    values: [{ isRight: false, differences: [{ check: 'stock' }], toDo: { stock: expect.any(String) } }],
  })
})

async function runVerify({ core }: ClockedHub, argv: string[]) {
  const heard = { lines: [] as string[], values: [] as unknown[], done: 0, exitCode: 0 }
  const output: Output = {
    line: (line) => void heard.lines.push(line),
    error: (line) => void heard.lines.push(line),
    table: () => undefined,
    json: (value) => void heard.values.push(value),
    progress: () => ({ add: (amount) => void (heard.done += amount), stop: () => undefined }),
    isInteractive: false,
    columns: 120,
  }
  const access: Access = { config: core.hub.config, core: async () => core, database: async () => core.hub.database }
  const onHub: Site['onHub'] = (run) => run(access)
  const site = { output, environment: {}, cwd: '/', userName: 'me', signal: new AbortController().signal, onHub }
  const here = {
    ...site,
    here: onHub,
    runCommand: async () => 0,
    startCommandServer: async () => ({ close: async () => undefined }),
  }
  const program = new Command('quanhub')
  registerVerify(
    program,
    createRun(here, (exitCode) => void (heard.exitCode = exitCode)),
  )
  program.commands[0]!.option('--json')
  await program.parseAsync(argv, { from: 'user' })
  return heard
}
