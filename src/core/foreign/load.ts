import type { Tx } from '../../db/client/client.ts'
import type { ForeignRedemptionName, ForeignRedemptionRow } from '../../db/foreign-redemptions.ts'
import { boundName, readRequestNumbers, type RequestNumberRow } from '../../db/request-numbers.ts'
import type { CoreContext } from '../batch/verb.ts'
import { loadNonces, type KnownNonces, type Nonce } from '../command/callers.ts'
import type { Setup } from '../set-up/snapshot.ts'

/** What it takes to decide on what tills want of suppliers' codes. */
export type TillWorld = {
  setup: Setup
  /** By scope, in hex. */
  requestNumbers: Map<string, RequestNumberRow>
  redemptions: Map<string, ForeignRedemptionRow>
  knownNonces: KnownNonces
  /** By which this process claims what it is about to ask a supplier. */
  claimId: string | null
}

type Asked = { no: string; scopeHash?: Buffer | undefined; nonce?: Nonce | undefined }
type From = Pick<TillWorld, 'setup' | 'claimId'> & { core: CoreContext; tx: Tx }

/** @param load reads, or locks, the redemptions that the tills' numbers name, and others that the commands do. */
export async function loadTillWorld(
  { core, tx, setup, claimId }: From,
  commands: Asked[],
  load: (bound: ForeignRedemptionName[]) => Promise<ForeignRedemptionRow[]>,
): Promise<TillWorld> {
  const [requestNumbers, knownNonces] = await Promise.all([
    readRequestNumbers(
      tx,
      commands.flatMap(({ scopeHash }) => scopeHash ?? []),
    ),
    loadNonces(tx, commands, core.hub.now()),
  ])
  const redemptions = await load(requestNumbers.flatMap(boundName))
  return {
    setup,
    requestNumbers: new Map(requestNumbers.map((row) => [row.scopeHash.toString('hex'), row])),
    redemptions: new Map(redemptions.map((row) => [row.no, row])),
    knownNonces,
    claimId,
  }
}
