import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { CommandError } from './errors.ts'

const chunkCharacters = 64_000

/** Writes lines to a new file that only its owner can read. Refuses where the file exists. */
export async function writeLines(path: string, lines: Iterable<string>, signal: AbortSignal): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    const words =
      error.code === 'EEXIST' ? 'exists already: choose another name' : `cannot be written: ${error.message}`
    throw new CommandError('file_unwritable', `The file ${path} ${words}`)
  })
  try {
    let chunk = ''
    for (const line of lines) {
      chunk += `${line}\n`
      if (chunk.length < chunkCharacters) continue
      signal.throwIfAborted()
      await file.write(chunk)
      chunk = ''
    }
    await file.write(chunk)
  } finally {
    await file.close()
  }
}

/** A file that the user named. @param hint what else the user could do, behind the words of a refusal. */
export function readFile(path: string, hint = ''): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new CommandError('file_unreadable', `The file ${path} cannot be read: ${(error as Error).message}${hint}`)
  }
}

/** What a file of JSON says. */
export function readJsonFile(path: string): unknown {
  const text = readFile(path).toString('utf8')
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new CommandError('file_unreadable', `The file ${path} is no JSON: ${(error as Error).message}`)
  }
}
