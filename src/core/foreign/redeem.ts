import { readForeignHolders, readForeignRedemptions, type ForeignRedemptionRow } from '../../db/foreign-redemptions.ts'
import type { RequestNumberRow } from '../../db/request-numbers.ts'
import type { RedeemAsk } from '../../suppliers/supplier.ts'
import type { CoreContext, Decided, Verb } from '../batch/verb.ts'
import type { Guesses } from '../batch/guess-limit.ts'
import { claimBy } from '../batch/pending.ts'
import { checkTill, type Till, rememberNonce, refuseReplay } from '../command/callers.ts'
import { refuse } from '../command/errors.ts'
import type { RedeemCommand } from '../command/redeem.ts'
import type { SealedCode } from '../command/settle.ts'
import { laneAt, withLaneIndex } from '../numbers/numbers.ts'
import { checkGuesses } from '../redeem/checks.ts'
import { bind, isOwnEffect, refuseUnlessSame } from '../redeem/redeem.ts'
import { checkExcluded, routeOf, type Routed } from '../redeem/routes.ts'
import { type Route, type Setup, pairKey } from '../set-up/snapshot.ts'
import { loadTillWorld, type TillWorld } from './load.ts'

/** Use a supplier's code at a till. */
type RedeemForeignCommand = RedeemCommand & { sealed: SealedCode }

/** The supplier is still to be asked, unless it is a repeat. */
type RedeemForeignOutcome = { redemption: ForeignRedemptionRow; isRepeat: boolean }

type HolderWorld = {
  setup: Setup
  guesses: Guesses
  /** Who holds codes, by supplier and hash. */
  holders: Map<string, ForeignRedemptionRow>
}

type World = HolderWorld & TillWorld

const holderKey = (supplierId: string, hash: Buffer): string => `${supplierId} ${hash.toString('hex')}`

/** Where redemptions of a code are kept: whoever has to do with it finds them by one key. */
export const laneIndexOfCode = (hash: Buffer): number => hash[0]!

/**
 * Binds the till's number and holds the code before anyone is asked: of two tills with one code, or one number, the
 * other finds the row that the first has made.
 */
export function createRedeemForeign(
  core: CoreContext,
  claimId: () => string | null,
): Verb<RedeemForeignCommand, World, RedeemForeignOutcome> {
  return {
    name: 'redeem-foreign',
    load: async (tx, commands, setup) => {
      // Before the request numbers: who holds a code may have committed between the two, and the same number that comes
      // to another process at that instant must be found bound, or it would hear that its own redemption is in its way.
      const holders = await loadHolders(tx, commands, setup)
      const world = { core, tx, setup, claimId: claimId() }
      const tills = await loadTillWorld(world, commands, (bound) => readForeignRedemptions(tx, bound))
      return { ...tills, holders, guesses: core.guesses.look() }
    },
    decide,
  }
}

/** Who holds the codes that are asked about, by whatever route they go now. */
export async function loadHolders(
  tx: Parameters<typeof readForeignHolders>[0],
  asks: (Routed & { sealed: Pick<SealedCode, 'hash'> })[],
  setup: Setup,
): Promise<HolderWorld['holders']> {
  const codes = asks.flatMap((ask) => {
    const supplierId = routeOf(setup, ask)?.supplierId
    const { hash: codeHash } = ask.sealed
    return supplierId === undefined ? [] : [{ lane: laneAt(laneIndexOfCode(codeHash)), supplierId, codeHash }]
  })
  const rows = await readForeignHolders(tx, codes)
  return new Map(rows.map((row) => [holderKey(row.supplierId, row.codeHash), row]))
}

function decide(world: World, command: RedeemForeignCommand, now: Date): Decided<RedeemForeignOutcome> {
  const bound = world.requestNumbers.get(command.scopeHash.toString('hex'))
  // Its own effect, found by a second run after a commit whose answer was lost: the supplier is still to be asked.
  if (bound !== undefined && isOwnEffect(bound, command)) return { outcome: repeat(world, command, bound) }
  refuseReplay(world.knownNonces, command)
  checkTill(world.setup, command)
  if (bound !== undefined) {
    const outcome = repeat(world, command, bound)
    return { outcome, change: { nonces: rememberNonce(world.knownNonces, command, now) } }
  }
  const route = requireFree(world, command, now)
  const redemption = makeRedemption(world, command, route, now)
  const requestNumber = bind(command, redemption, now)
  world.requestNumbers.set(command.scopeHash.toString('hex'), requestNumber)
  world.redemptions.set(redemption.no, redemption)
  world.holders.set(holderKey(route.supplierId, redemption.codeHash), redemption)
  const nonces = rememberNonce(world.knownNonces, command, now)
  const change = { nonces, newForeignRedemptions: [{ ...redemption }], requestNumbers: [requestNumber] }
  return { outcome: { redemption, isRepeat: false }, change }
}

function repeat(world: World, command: RedeemForeignCommand, bound: RequestNumberRow): RedeemForeignOutcome {
  const no = refuseUnlessSame(bound, command)
  const redemption = world.redemptions.get(no)
  // The set-up was changed while the same request came twice: the other one was decided by what was before.
  if (redemption === undefined) return refuse('outcome_unknown', `the number names redemption ${no} of a coupon`)
  const isRepeat = !isOwnEffect(bound, command)
  if (!command.isRepeatable && isRepeat && redemption.state === 'succeeded') {
    refuse('coupon_redeemed', 'the code is used')
  }
  return { redemption, isRepeat }
}

/** The route of a code that nobody holds. Refuses as a redemption is refused before its supplier is asked. */
export function requireFree(
  world: HolderWorld,
  ask: Till & Routed & { sealed: Pick<SealedCode, 'hash'> },
  now: Date,
): Route {
  const route = routeOf(world.setup, ask)
  if (route === undefined) return refuse('supplier_not_supported', 'no route takes the code', { field: 'channel_type' })
  checkGuesses(world.guesses, ask, now)
  const holder = world.holders.get(holderKey(route.supplierId, ask.sealed.hash))
  if (holder?.state === 'succeeded') refuse('coupon_redeemed', `the code is used by redemption ${holder.no}`)
  if (holder !== undefined) refuse('coupon_busy', `the code is held by redemption ${holder.no}`)
  checkExcluded(ask, route.channelType)
  return route
}

function makeRedemption(
  { claimId }: World,
  command: RedeemForeignCommand,
  { supplierId, channelType }: Route,
  now: Date,
): ForeignRedemptionRow {
  const { hash: codeHash, cipher: code } = command.sealed
  const laneIndex = laneIndexOfCode(codeHash)
  return {
    lane: laneAt(laneIndex),
    no: withLaneIndex(command.no, laneIndex),
    acceptorId: command.acceptorId,
    channelType,
    supplierId,
    merchantNo: command.merchantNo,
    shopNo: command.shopNo,
    traceNo: command.traceNo ?? null,
    code,
    codeHash,
    state: 'pending',
    isHolding: true,
    amountFen: command.amountFen ?? null,
    realAmountFen: command.realAmountFen ?? null,
    name: null,
    faceValueFen: null,
    settleAmountFen: null,
    usesLeft: null,
    memo: null,
    preparedAt: null,
    cancelledAt: null,
    failureCode: null,
    failure: null,
    fingerprint: command.fingerprint,
    attempts: 0,
    dueAt: now,
    ...claimBy(claimId, now),
    lastAnswer: null,
    createdAt: now,
    settledAt: null,
    reversedAt: null,
  }
}

type Asked = Pick<Till, 'acceptorId' | 'merchantNo' | 'shopNo'> & {
  no: string
  supplierId: string
  channelType: string
  code: string
  amountFen?: number | null | undefined
  realAmountFen?: number | null | undefined
  memo?: string | undefined
  at: Date
}

/** What a supplier is asked of its code. */
export function redeemAskOf(setup: Setup, asked: Asked): RedeemAsk {
  const { no, supplierId, code, acceptorId, merchantNo, shopNo, amountFen, realAmountFen, memo, at } = asked
  const thirdShopNo = setup.routes.get(pairKey(acceptorId, asked.channelType))?.thirdShopNos.get(shopNo)
  return {
    no,
    supplierId,
    code,
    acceptorId,
    merchantNo,
    shopNo,
    ...(thirdShopNo === undefined ? {} : { thirdShopNo }),
    ...(typeof amountFen === 'number' ? { amountFen } : {}),
    ...(typeof realAmountFen === 'number' ? { realAmountFen } : {}),
    at,
    ...(memo === undefined ? {} : { memo }),
  }
}
