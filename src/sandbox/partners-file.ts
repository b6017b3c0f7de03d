import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { writePrivateFile } from './file.ts'

const schema = z.object({
  bankUrl: z.string(),
  channelUrl: z.string(),
  merchantUrl: z.string(),
  douyinUrl: z.string(),
  meituanUrl: z.string(),
})

/** Where the sandbox's own receivers of callbacks listen, and the suppliers that a story tells what to do: for `quanhub demo`, which runs in another process. */
export type PartnerUrls = z.infer<typeof schema>

const pathIn = (dataFolder: string): string => join(dataFolder, 'partners.json')

/** Undefined where no sandbox has run on the folder. */
export function readPartnerUrls(dataFolder: string): PartnerUrls | undefined {
  const path = pathIn(dataFolder)
  // What an earlier version wrote has less: its sandbox is not running.
  return existsSync(path) ? schema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data : undefined
}

export const writePartnerUrls = (dataFolder: string, urls: PartnerUrls): void =>
  writePrivateFile(pathIn(dataFolder), `${JSON.stringify(urls)}\n`)
