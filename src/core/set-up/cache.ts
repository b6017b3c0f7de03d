import { readSetup, readSetupVersion } from '../../db/set-up.ts'
import type { Queryable } from '../../db/client/client.ts'
import type { Hub } from '../../hub.ts'
import { makeSetup, type Setup } from './snapshot.ts'

/**
 * The set-up as this process knows it. Every batch reads the version in its own transaction and decides by exactly
 * that set-up; what is decided before a batch (whose key is this?) uses a picture that is at most a second old.
 */
export type SetupCache = {
  /** The newest picture that this process has read. */
  current: () => Setup
  /** The picture of this version, read anew through `sql` where it has changed. */
  at: (version: number, sql: Queryable) => Promise<Setup>
  /** Looks whether there is a newer version. */
  refresh: () => Promise<Setup>
}

export async function createSetupCache(hub: Hub): Promise<SetupCache> {
  const { database } = hub
  let setup = makeSetup(await database.transaction(readSetup), hub)
  const remember = (read: Setup): Setup => {
    if (read.version > setup.version) setup = read
    return read
  }
  const at = async (version: number, sql: Queryable): Promise<Setup> =>
    version === setup.version ? setup : remember(makeSetup(await readSetup(sql), hub))
  return {
    current: () => setup,
    at,
    refresh: async () => {
      const version = await readSetupVersion(database.sql)
      return version === setup.version ? setup : remember(makeSetup(await database.transaction(readSetup), hub))
    },
  }
}
