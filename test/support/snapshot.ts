import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openOnEmbedded } from '../../src/db/client/client.ts'
import { startEmbedded } from '../../src/db/client/embedded/open.ts'
import { migrate, readMigrations } from '../../src/db/client/migrate.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const cacheFolder = join(root, 'node_modules/.cache/quanhub')

/**
 * A tar file of an embedded database with the schema of today. Starting from it is several times faster than making
 * and migrating a database, so it is kept until the migrations or PGlite change.
 */
export async function makeSnapshot(): Promise<string> {
  const file = join(cacheFolder, `schema-${fingerprint()}.tar`)
  if (existsSync(file)) return file
  mkdirSync(cacheFolder, { recursive: true })
  for (const old of readdirSync(cacheFolder))
    if (old.startsWith('schema-')) rmSync(join(cacheFolder, old), { force: true })
  const unfinished = `${file}.${process.pid}`
  writeFileSync(unfinished, await dumpMigrated())
  renameSync(unfinished, file)
  return file
}

function fingerprint(): string {
  const hash = createHash('sha256')
  for (const { name, checksum } of readMigrations()) hash.update(`${name} ${checksum}\n`)
  const manifest = readFileSync(join(root, 'node_modules/@electric-sql/pglite/package.json'), 'utf8')
  hash.update((JSON.parse(manifest) as { version: string }).version)
  return hash.digest('hex').slice(0, 16)
}

async function dumpMigrated(): Promise<Uint8Array> {
  const embedded = await startEmbedded({ isEmpty: true })
  const database = await openOnEmbedded(embedded)
  try {
    await migrate(database)
    return await embedded.dump()
  } finally {
    await database.close()
  }
}
