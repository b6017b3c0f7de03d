import { HubError } from '../../src/core/command/errors.ts'
import type { Core } from '../../src/core/core.ts'
import { openDatabase } from '../../src/db/client/client.ts'
import type { Answer, Asked } from './processes.ts'
import { openTestHub } from './world.ts'

// A hub of its own in a process of its own, without faces: the test sends it commands and hears what became of them.

const database = await openDatabase({
  databaseUrl: process.env['DATABASE_URL'],
  dataFolder: '',
  applicationName: process.env['HUB_NAME'] ?? '',
})
// The machine's time, until the test says what time it is.
let toldAt: number | undefined
const { core } = await openTestHub(database, { now: () => new Date(toldAt ?? Date.now()) })

async function answerOf(verb: Asked['verb'], command: unknown): Promise<Answer> {
  try {
    return { outcome: await (core[verb] as Core['issue'])(command as never) }
  } catch (error) {
    return { code: error instanceof HubError ? error.code : String(error) }
  }
}

process.on('message', ({ id, verb, commands, at }: Asked) => {
  toldAt = at ?? toldAt
  const answers = Promise.all(commands.map((command) => answerOf(verb, command)))
  void answers.then((heard) => process.send!({ id, answers: heard }))
})
process.once('disconnect', () => process.exit())
process.send!('ready')
