import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Core } from '../../src/core/core.ts'

type Verb = 'issue' | 'redeem' | 'reverse' | 'changeCoupon'
type CommandOf<V extends Verb> = Parameters<Core[V]>[0]
type OutcomeOf<V extends Verb> = Awaited<ReturnType<Core[V]>>

/** `at` is the time from then on, in milliseconds, for a process that shall not go by the machine's. */
export type Asked = { id: number; verb: Verb; commands: unknown[]; at?: number | undefined }
/** What a command came to: its outcome, or the code of its refusal (the words of any other error). */
export type Answer<Outcome = unknown> = { outcome: Outcome } | { code: string }

/** A hub in a process of its own (see hub-process.ts). */
export type HubProcess = {
  name: string
  ask: <V extends Verb>(verb: V, commands: CommandOf<V>[], at?: number) => Promise<Answer<OutcomeOf<V>>[]>
  signal: (signal: NodeJS.Signals) => void
  stop: () => Promise<void>
}

const script = fileURLToPath(new URL('hub-process.ts', import.meta.url))

/** Starts a hub over the database at `databaseUrl`. Its name is what pg_stat_activity shows. */
export async function startHubProcess(databaseUrl: string, name: string): Promise<HubProcess> {
  const env = { ...process.env, DATABASE_URL: databaseUrl, HUB_NAME: name }
  const child = fork(script, { env, execArgv: [], serialization: 'advanced' })
  await once(child, 'message')
  let asked = 0
  return {
    name,
    ask: async (verb, commands, at) => {
      const id = (asked += 1)
      child.send({ id, verb, commands, at } satisfies Asked)
      return (await answersTo(child, id)) as never
    },
    signal: (signal) => void child.kill(signal),
    stop: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

function answersTo(child: ChildProcess, id: number): Promise<Answer[]> {
  return new Promise((resolve) => {
    const hear = (heard: unknown): void => {
      const answered = heard as { id: number; answers: Answer[] }
      if (answered.id !== id) return
      child.off('message', hear)
      resolve(answered.answers)
    }
    child.on('message', hear)
  })
}

/** How often each answer was given: 'ok' or the code of a refusal. */
export function tallyAnswers(answers: Answer[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const answer of answers) {
    const word = 'code' in answer ? answer.code : 'ok'
    counts[word] = (counts[word] ?? 0) + 1
  }
  return counts
}
