import { join, relative } from 'node:path'

// The kernel keeps the path in a field of 108 bytes (104 on macOS), with a zero at its end.
const longestPath = 103

/** The name of the hub's socket, and of the one that it is made as, in the data folder. */
export const socketPath = (dataFolder: string): string => shortest(join(dataFolder, 'hub.sock'))

/** The shorter way to write a path: seen from the working directory, deep folders fit too. */
export function shortest(path: string): string {
  const fromHere = relative(process.cwd(), path)
  const chosen = fromHere.length < path.length ? fromHere : path
  if (Buffer.byteLength(chosen) <= longestPath) return chosen
  throw new Error(
    `the path ${path} is too long for a socket (${longestPath} bytes at most): ` +
      'use a data folder with a shorter path (QUANHUB_DATA_DIR), or start in a folder nearer to it',
  )
}
