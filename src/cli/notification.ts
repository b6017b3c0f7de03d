import type { Command } from 'commander'
import type { Core } from '../core/core.ts'
import { readDeliveries, type DeliveryRow } from '../db/deliveries.ts'
import { findNotifications, type NotificationState } from '../db/notification-search.ts'
import type { NotificationRow } from '../db/notifications.ts'
import { breakerKey } from '../telling/waiting-room.ts'
import type { CommandContext } from './context.ts'
import { CommandError, exitCodes } from './errors.ts'
import { addFilters, filterOf, nameOf, type FilterOptions } from './notification-options.ts'
import { registerReplay } from './notification-replay.ts'
import { addPaging } from './options.ts'
import type { Report } from './output.ts'
import type { Run } from './run.ts'
import { reportPage, showFields, showTime, type PageOptions } from './show.ts'

type ListOptions = FilterOptions & PageOptions

const states: readonly NotificationState[] = ['due', 'delivered', 'given_up', 'withdrawn']

export function registerNotification(program: Command, run: Run): void {
  const group = program.command('notification').description('what partners are told: find it, see it, tell it again')
  addPaging(addFilters(group.command('list').description('list notifications, the oldest first'), states)).action(
    run.onHub(listSome),
  )
  group
    .command('show <no>')
    .description('show a notification, with every attempt to deliver it')
    .action(run.onHub((context, _: unknown, no: string) => showOne(context, no)))
  registerReplay(group, run)
}

async function listSome(context: CommandContext, { limit, after, ...options }: ListOptions): Promise<Report> {
  const core = await context.core()
  const start = after === undefined ? undefined : await readNotification(core, after)
  const rows = await findNotifications(core.hub.database.sql, filterOf(options), start, limit + 1)
  const items = rows.slice(0, limit)
  const next = rows.length > limit ? items.at(-1)!.no : null
  const held = heldBackIn(core)
  return reportPage(
    { items, next },
    head,
    (row) => cellsOf(row, held(row)),
    (row) => valueOf(row, held(row)),
  )
}

/** Until when a notification is held back, since its address has failed; undefined where it is not, or nobody here tells. */
function heldBackIn(core: Core): (row: NotificationRow) => Date | undefined {
  const held = new Map(core.heldBack().map(({ about, retryAt }) => [about, retryAt]))
  return (row) => (row.state === 'due' ? held.get(breakerKey(row)) : undefined)
}

const heldBackWords = (until: Date): string => `held back: its address fails, next trial ${showTime(until)}`

const head = ['notification', 'made', 'kind', 'channel', 'order', 'state', 'attempts', 'due']

const cellsOf = (
  { no, createdAt, kind, channelId, orderNo, state, attempts, dueAt }: NotificationRow,
  heldUntil: Date | undefined,
): string[] => [
  no,
  showTime(createdAt),
  kind,
  channelId,
  orderNo,
  state,
  String(attempts),
  heldUntil === undefined ? showTime(dueAt) : heldBackWords(heldUntil),
]

async function showOne(context: CommandContext, no: string): Promise<Report> {
  const core = await context.core()
  const row = await readNotification(core, no)
  const deliveries = await readDeliveries(core.hub.database.sql, row)
  const heldUntil = heldBackIn(core)(row)
  return {
    value: { ...valueOf(row, heldUntil), deliveries: deliveries.map(deliveryValue) },
    lines: [...showFields(fieldsOf(row, heldUntil)), '', ...attemptLines(deliveries)],
  }
}

async function readNotification({ hub }: Core, no: string): Promise<NotificationRow> {
  const [row] = await findNotifications(hub.database.sql, { name: nameOf('notification', no) }, undefined, 1)
  if (row !== undefined) return row
  const words = `There is no notification ${no}. See which there are: quanhub notification list`
  throw new CommandError('notification_not_found', words, exitCodes.notFound)
}

const fieldsOf = (row: NotificationRow, heldUntil: Date | undefined): Record<string, string | number | undefined> => ({
  notification: row.no,
  kind: row.kind,
  state: row.state,
  channel: row.channelId,
  'over the wire of': `${row.face}, app ${row.appId}`,
  order: row.orderNo,
  redemption: row.redemptionNo ?? undefined,
  address: row.url,
  made: showTime(row.createdAt),
  attempts: row.attempts,
  due: row.dueAt === null ? undefined : showTime(row.dueAt),
  'at this hub': heldUntil && heldBackWords(heldUntil),
  finished: row.finishedAt === null ? undefined : showTime(row.finishedAt),
  'happened at': showTime(new Date(row.facts.happenedAt)),
  failure: row.facts.failure,
})

/** What programs are told: without the claim, which is the dispatchers' own, and the coupon's serial. */
function valueOf(row: NotificationRow, heldUntil: Date | undefined) {
  const { lane: _, sourceId: __, serial: ___, claimId: ____, claimedUntil: _____, ...value } = row
  return { ...value, heldBackUntil: heldUntil ?? null }
}

function deliveryValue(row: DeliveryRow) {
  const { lane: _, notificationNo: __, ...value } = row
  return value
}

const shownAnswerCharacters = 200

function attemptLines(deliveries: DeliveryRow[]): string[] {
  if (deliveries.length === 0) return ['There was no attempt to deliver it yet.']
  return deliveries.flatMap(({ attempt, isManual, startedAt, durationMilliseconds, outcome, ...row }) => {
    const status = row.httpStatus === null ? '' : `, HTTP ${row.httpStatus}`
    const first = `attempt ${attempt}  ${showTime(startedAt)}  ${outcome}${status}, ${durationMilliseconds} ms`
    return [
      `${first}${isManual ? ', by hand' : ''}`,
      ...(row.error === null ? [] : [`  error: ${row.error}`]),
      ...(row.answer === null ? [] : [`  answer: ${oneLine(row.answer)}`]),
    ]
  })
}

// A partner's answer may hold what a terminal would obey.
function oneLine(answer: string): string {
  const text = answer.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim()
  const cut = Array.from(text).slice(0, shownAnswerCharacters).join('')
  return cut === text ? text : `${cut} … (all that is kept: --json)`
}
