import { protocolKeyOf, type CallbackProtocol, type Telling, openChangedCodes } from '../core/notify/callback.ts'
import type { DeliveryOutcome, DeliveryRow } from '../db/deliveries.ts'
import type { Completion } from '../db/notification-queue.ts'
import type { NotificationRow } from '../db/notifications.ts'
import { type Sender, type SendResult, messageOf } from '../http-out/send.ts'
import type { Hub } from '../hub.ts'
import { maskMiddle } from '../wire/text.ts'

/** One attempt, as it went. */
export type Attempt = {
  startedAt: Date
  endedAt: Date
  durationMilliseconds: number
  outcome: DeliveryOutcome
  httpStatus: number | null
  answer: string | null
  error: string | null
  /** False where nothing was sent for want of our own: it was no attempt of the schedule. */
  isTried: boolean
  /** Whether the address works; undefined where it was not asked. */
  isAddressWell: boolean | undefined
}

type DeliverContext = {
  hub: Hub
  sender: Sender
  protocols: ReadonlyMap<string, CallbackProtocol>
}

/** A claimed notification with the claim that its completion must name. */
type ClaimedRow = NotificationRow & { claimId: string }

const storedAnswerCharacters = 1_000

/** Puts a notification into its partner's words and posts it. Never rejects: what goes wrong is the attempt's error. */
export async function deliver(
  { hub, sender, protocols }: DeliverContext,
  notification: NotificationRow,
  telling: Telling | Error,
): Promise<Attempt> {
  const startedAt = hub.now()
  try {
    if (telling instanceof Error) throw telling
    const key = protocolKeyOf(notification)
    const protocol = protocols.get(key)
    if (protocol === undefined) throw new Error(`face ${key} has no callbacks`)
    const request = await protocol.render(hub, telling)
    const result = await sender.send({ url: notification.url, ...request })
    return { startedAt, endedAt: hub.now(), ...judge(protocol, result, secretsOf(hub, telling)) }
  } catch (error) {
    hub.log.error({ err: error, notificationNo: notification.no }, 'a notification could not be put into words')
    const words = `could not be put into words: ${messageOf(error)}`
    return { ...untold(startedAt, 'failed', words), endedAt: hub.now() }
  }
}

/** An attempt of which there is no answer to judge. */
export const untold = (startedAt: Date, outcome: DeliveryOutcome, error: string): Attempt => ({
  startedAt,
  endedAt: startedAt,
  durationMilliseconds: 0,
  outcome,
  httpStatus: null,
  answer: null,
  error: clean(error),
  isTried: true,
  isAddressWell: undefined,
})

function judge(protocol: CallbackProtocol, result: SendResult, secrets: string[]) {
  const { durationMilliseconds } = result
  if (result.kind === 'failed') {
    const error = clean(`${result.reason}: ${result.message}`)
    const isTried = result.reason !== 'not_tried'
    const none = { httpStatus: null, answer: null, isTried, isAddressWell: isTried ? false : undefined }
    return { ...none, durationMilliseconds, outcome: 'failed' as const, error }
  }
  const { status, body, isCut } = result
  const isAccepted = !isCut && protocol.isAccepted({ status, body })
  return {
    durationMilliseconds,
    outcome: isAccepted ? ('delivered' as const) : ('refused' as const),
    httpStatus: status,
    answer: clean(maskAll(body, secrets)),
    error: isCut ? 'the answer was longer than is read' : null,
    isTried: true,
    isAddressWell: status < 500 && status !== 429,
  }
}

// A partner that echoes what it was sent would otherwise put codes into a table that people read.
function secretsOf({ keyring }: Hub, { notification, codes, order }: Telling): string[] {
  const sealed = [order.openid, order.mobile].flatMap((cipher) => (cipher === null ? [] : [keyring.decrypt(cipher)]))
  const changed = openChangedCodes(keyring, notification.facts)?.codeArray.map(({ code }) => code) ?? []
  return [...codes, ...changed, ...sealed].filter((secret) => secret !== '')
}

const maskAll = (text: string, secrets: string[]): string =>
  secrets.reduce((masked, secret) => masked.replaceAll(secret, maskMiddle(secret)), text)

// Cut between characters; NUL and halves of characters cannot be stored.
const clean = (text: string): string =>
  Array.from(text.slice(0, 2 * storedAnswerCharacters))
    .slice(0, storedAnswerCharacters)
    .join('')
    .replaceAll(/\0|\p{Cs}/gu, '\uFFFD')

/** What is written of one attempt: what became of the notification, and the attempt itself. */
export type Result = { completion: Completion; delivery: DeliveryRow }

type ScheduleState = {
  waitsSeconds: readonly number[]
  timeFactor: number
  isManual: boolean
  manualAttempts: number
}

/**
 * What an attempt leads to. Success ends the schedule, whoever tried. A failure of the schedule's own attempt takes the
 * next wait, or gives up after the last; a manual one leaves the notification as it was. Pure.
 */
export function resultOf(notification: ClaimedRow, attempt: Attempt, schedule: ScheduleState): Result {
  const { lane, no, claimId } = notification
  const { isAddressWell: _, isTried: __, endedAt: ___, ...rest } = attempt
  const number = notification.attempts + 1
  const delivery = { lane, notificationNo: no, attempt: number, isManual: schedule.isManual, ...rest }
  return { completion: { lane, no, claimId, ...nextState(notification, attempt, schedule) }, delivery }
}

function nextState(notification: NotificationRow, attempt: Attempt, schedule: ScheduleState) {
  const { state, dueAt, finishedAt } = notification
  const { endedAt, outcome } = attempt
  if (outcome === 'delivered' && state === 'delivered') return { state, dueAt, finishedAt }
  if (outcome === 'delivered') return { state: 'delivered' as const, dueAt: null, finishedAt: endedAt }
  if (schedule.isManual) return { state, dueAt, finishedAt }
  const attemptsMade = notification.attempts + 1 - schedule.manualAttempts
  const next = nextAttemptAt({ ...schedule, attemptsMade, endedAt })
  return next === undefined
    ? { state: 'given_up' as const, dueAt: null, finishedAt: endedAt }
    : { state: 'due' as const, dueAt: next, finishedAt: null }
}

/** Waits before attempts 1, 2, 3 …, in seconds: as many attempts as there are waits. */
type Waits = readonly number[]

/**
 * When to try for the first time: the first wait after what is told happened. `timeFactor` divides the waits (1 outside
 * the sandbox). Undefined where there are no waits: nothing is ever tried.
 */
export const firstAttemptAt = (given: {
  waitsSeconds: Waits
  happenedAt: Date
  timeFactor: number
}): Date | undefined => nextAttemptAt({ ...given, attemptsMade: 0, endedAt: given.happenedAt })

/**
 * When to try again after `attemptsMade` attempts, the last of which ended at `endedAt`: waits run from the end of the
 * attempt before, so that a slow receiver is not tried sooner. Undefined: every attempt was made, it is given up.
 */
export function nextAttemptAt(given: {
  waitsSeconds: Waits
  attemptsMade: number
  endedAt: Date
  timeFactor: number
}): Date | undefined {
  const waitSeconds = given.waitsSeconds[given.attemptsMade]
  if (waitSeconds === undefined) return undefined
  return new Date(given.endedAt.getTime() + (waitSeconds * 1_000) / given.timeFactor)
}
