import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { writePrivateFile } from './file.ts'

const schema = z.object({ bankUrl: z.string(), channelUrl: z.string() })

/** Where the sandbox's own receivers of callbacks listen: for `quanhub demo`, which runs in another process. */
export type PartnerUrls = z.infer<typeof schema>

const pathIn = (dataFolder: string): string => join(dataFolder, 'partners.json')

/** Undefined where no sandbox has run on the folder. */
export function readPartnerUrls(dataFolder: string): PartnerUrls | undefined {
  const path = pathIn(dataFolder)
  return existsSync(path) ? schema.parse(JSON.parse(readFileSync(path, 'utf8'))) : undefined
}

export const writePartnerUrls = (dataFolder: string, urls: PartnerUrls): void =>
  writePrivateFile(pathIn(dataFolder), `${JSON.stringify(urls)}\n`)
