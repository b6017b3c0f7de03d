import { open } from 'node:fs/promises'
import { CommandError } from './exit-codes.ts'

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
