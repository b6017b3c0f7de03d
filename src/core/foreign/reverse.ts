import { lastOfEach } from '../../db/client/rows.ts'
import { lockForeignRedemptions, type ForeignRedemptionRow } from '../../db/foreign-redemptions.ts'
import type { CoreContext, Decided, Verb } from '../batch/verb.ts'
import { claimBy } from '../batch/pending.ts'
import { refuse } from '../command/errors.ts'
import { rememberNonce, refuseReplay, checkTill } from '../command/callers.ts'
import { auditRow } from '../command/command.ts'
import { cancelEnd, numberedName, type ReverseCommand } from '../redeem/reverse.ts'
import { beginReversal, reversed } from './settle.ts'
import { loadTillWorld, type TillWorld } from './load.ts'
import { isSameCode } from '../redeem/routes.ts'

type ReverseForeignOutcome = {
  redemption: ForeignRedemptionRow
  isRepeat: boolean
  /** Whether this process is to ask the supplier now. */
  isAsked: boolean
}

/** Takes a redemption of a supplier's code back, as far as that is for us: the supplier is asked behind the commit. */
export function createReverseForeign(
  core: CoreContext,
  claimId: () => string | null,
): Verb<ReverseCommand, TillWorld, ReverseForeignOutcome> {
  return {
    name: 'reverse-foreign',
    load: (tx, commands, setup) =>
      loadTillWorld({ core, tx, setup, claimId: claimId() }, commands, (bound) => {
        const numbered = commands.flatMap(({ redemptionNo }) => numberedName(redemptionNo))
        return lockForeignRedemptions(
          tx,
          lastOfEach([...bound, ...numbered], ({ no }) => no),
        )
      }),
    decide: (world, command, now) => decide(world, command, now, (sealed) => core.hub.keyring.decrypt(sealed)),
  }
}

function decide(
  world: TillWorld,
  command: ReverseCommand,
  now: Date,
  open: (sealed: Buffer) => string,
): Decided<ReverseForeignOutcome> {
  refuseReplay(world.knownNonces, command)
  if ('till' in command.by) checkTill(world.setup, command.by.till)
  const redemption = findOwn(world, command)
  if (command.code !== undefined && !isSameCode(command.code, open(redemption.code)))
    refuse('redemption_not_found', 'the redemption is of another code')
  if (redemption.state === 'failed') refuse('redemption_not_reversible', 'the supplier refused it: nothing was used')
  const isRepeat = redemption.cancelledAt !== null
  if (!isRepeat && !('operator' in command.by) && now >= cancelEnd(world.setup, redemption)) {
    refuse('redemption_not_reversible', 'the time in which the redemption could be cancelled is over')
  }
  const before = { state: redemption.state }
  const isAsked = cancel(world, redemption, now)
  const after = { state: redemption.state, cancelledAt: now.toISOString() }
  const { by } = command
  const audit =
    'operator' in by && !isRepeat
      ? [auditRow(command, by.operator, 'redemption.reverse', 'redemption', redemption.no, before, after, now)]
      : []
  const nonces = rememberNonce(world.knownNonces, command, now)
  const change = { nonces, foreignRedemptions: [{ ...redemption }], audit }
  return { outcome: { redemption: { ...redemption }, isRepeat, isAsked }, change }
}

function findOwn(world: TillWorld, { by, redemptionNo, scopeHash }: ReverseCommand): ForeignRedemptionRow {
  const bound = scopeHash === undefined ? undefined : world.requestNumbers.get(scopeHash.toString('hex'))
  const no = redemptionNo ?? bound?.redemptionNo ?? ''
  const redemption = world.redemptions.get(no)
  const isMeant = scopeHash === undefined || bound?.redemptionNo === no
  if (redemption === undefined || !isMeant || !isOf(redemption, by)) {
    return refuse('redemption_not_found', 'this merchant has no such redemption')
  }
  return redemption
}

/** Whether a redemption is of whoever asks. No supplier's code is a channel's. */
export function isOf(
  { acceptorId, merchantNo }: { acceptorId: string; merchantNo: string },
  by: ReverseCommand['by'],
): boolean {
  if ('operator' in by) return true
  return 'till' in by && acceptorId === by.till.acceptorId && merchantNo === by.till.merchantNo
}

/** Answers whether the supplier is to be asked by this process, at once. */
function cancel(world: TillWorld, row: ForeignRedemptionRow, now: Date): boolean {
  if (row.state === 'reversed') return false
  if (row.state === 'pending' && row.preparedAt === null) {
    // The supplier was not asked to use it, and will not be: who asks whether it may be used finds it ended.
    row.cancelledAt = now
    reversed(row, now)
    return false
  }
  if (row.state === 'succeeded') beginReversal(row, now, now)
  row.cancelledAt ??= now
  const isFree = row.claimId === null || row.claimedUntil === null || row.claimedUntil <= now
  if (isFree) Object.assign(row, { dueAt: now, ...claimBy(world.claimId, now) })
  return isFree
}
