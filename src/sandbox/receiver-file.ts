import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writePrivateFile } from './file.ts'

// Where the sandbox's own receiver of callbacks listens: for `quanhub demo`, which runs in another process.
const pathIn = (dataFolder: string): string => join(dataFolder, 'receiver.url')

export function readReceiverUrl(dataFolder: string): string | undefined {
  const path = pathIn(dataFolder)
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined
}

export const writeReceiverUrl = (dataFolder: string, url: string): void =>
  writePrivateFile(pathIn(dataFolder), `${url}\n`)
