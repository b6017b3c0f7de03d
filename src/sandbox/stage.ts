import { createLakalaBank, type LakalaBank } from '../../simulators/lakala-bank.ts'
import { createShoubeiTill, type ShoubeiTill } from '../../simulators/shoubei-till.ts'
import { readSandboxFile, sandboxFilePath, type SandboxFile } from './file.ts'
import { openInbox, type Inbox } from './inbox.ts'
import { readReceiverUrl } from './receiver-file.ts'

/** One step as it was played, and what a person wants to see of it. */
export type Step = { title: string; milliseconds: number; detail: string }

/** The simulated partners of a running sandbox, and a way to play steps through them. */
export type Stage = {
  sandbox: SandboxFile
  bank: LakalaBank
  till: ShoubeiTill
  /** Where the bank hears callbacks. */
  inbox: Inbox
  steps: Step[]
  /** Plays a step, measures it and shows it. The work answers what was seen. */
  play: <T>(title: string, work: () => Promise<{ detail: string; result: T }>) => Promise<T>
}

/** Finds the sandbox that runs on a data folder. An Error that says how to start one where there is none. */
export async function openStage(dataFolder: string, show: (step: Step) => void): Promise<Stage> {
  const sandbox = readSandboxFile(dataFolder)
  const receiverUrl = readReceiverUrl(dataFolder)
  if (sandbox === undefined || receiverUrl === undefined || !(await isReady(sandbox.url))) {
    throw new Error(
      `no sandbox is running on ${dataFolder} (${sandboxFilePath(dataFolder)}). Start one in another terminal: npm start (or: quanhub sandbox)`,
    )
  }
  const steps: Step[] = []
  return {
    sandbox,
    bank: createLakalaBank({ hubUrl: sandbox.url, ...sandbox.lakala }),
    till: createShoubeiTill({ hubUrl: sandbox.url, ...sandbox.shoubei }),
    inbox: openInbox(receiverUrl),
    steps,
    play: async (title, work) => {
      const began = performance.now()
      const { detail, result } = await work()
      const step = { title, milliseconds: Math.round(performance.now() - began), detail }
      steps.push(step)
      show(step)
      return result
    },
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3_000) })).status === 200
  } catch {
    return false
  }
}
