import type { Command } from 'commander'
import type { Core } from '../core/core.ts'
import { stateAt, type CouponAct } from '../core/coupon/coupon.ts'
import { laneIndexOf, makeNumber } from '../core/numbers/numbers.ts'
import { readCouponsOfOrders, type CouponRow } from '../db/coupons.ts'
import type { OrderRow } from '../db/orders.ts'
import { findOrdersOfHolder } from '../db/search.ts'
import type { CommandContext } from './context.ts'
import { findCoupon, findOrdersByNumber, referenceTo, showCodes } from './coupon-find.ts'
import { CommandError, exitCodes } from './errors.ts'
import { readHistory } from './history.ts'
import { addPaging, addReason } from './options.ts'
import type { Report } from './output.ts'
import { time } from './parse.ts'
import type { Run } from './run.ts'
import { reportPage, showFields, showTime, showYuan, type PageOptions } from './show.ts'

type FindOptions = PageOptions & {
  order?: string
  channel?: string
  member?: string
  openid?: string
  reveal?: boolean
}

export function registerCoupon(program: Command, run: Run): void {
  const group = program.command('coupon').description('coupons: look them up, and act on them')
  group
    .command('show <coupon>')
    .description('show a coupon (its code, or its reference) with its whole history')
    .option('--reveal', 'show the code instead of masking it')
    .action(
      run.onHub((context, options: { reveal?: boolean }, named) => showOne(context, named, options.reveal === true)),
    )
  const find = group.command('find').description('find coupons by their order, or by who holds them')
  addPaging(find)
    .option('--order <no>', "our order number, or the channel's")
    .option('--channel <id>', 'with --order: whose number it is')
    .option('--member <id>', 'the member who holds them, the newest orders first')
    .option('--openid <openid>', 'the openid that holds them')
    .option('--reveal', 'show the codes instead of masking them')
    .action(run.onHub(findCoupons))
  registerCouponActs(group, run)
}

async function showOne(context: CommandContext, named: string, isRevealed: boolean): Promise<Report> {
  const core = await context.core()
  const coupon = await findCoupon(core, named)
  const codes = await showCodes(core, [coupon], isRevealed)
  const code = codes.get(referenceTo(coupon)) ?? ''
  const history = await readHistory(core, coupon)
  const value = { ...valueOf(core, coupon, code), history }
  const lines = [
    ...fieldsOf(core, coupon, code),
    '',
    ...history.map(({ at, what, words }) => `${showTime(at)}  ${what.padEnd(8)}  ${words}`),
  ]
  return { value, lines }
}

const valueOf = ({ hub }: Core, coupon: CouponRow, code: string) => ({
  reference: referenceTo(coupon),
  code,
  state: stateAt(coupon, hub.now()),
  orderNo: coupon.orderNo,
  channelId: coupon.channelId,
  activityId: coupon.activityId,
  templateId: coupon.templateId,
  faceValueFen: coupon.faceValueFen,
  useTimes: coupon.useTimes,
  usesLeft: coupon.usesLeft,
  validFrom: coupon.validFrom,
  validUntil: coupon.validUntil,
  createdAt: coupon.createdAt,
})

const fieldsOf = ({ hub }: Core, coupon: CouponRow, code: string): string[] =>
  showFields({
    code,
    reference: referenceTo(coupon),
    state: stateAt(coupon, hub.now()),
    'face value': `${showYuan(coupon.faceValueFen)} yuan`,
    'uses left': `${coupon.usesLeft} of ${coupon.useTimes}`,
    valid: `${showTime(coupon.validFrom)} until ${showTime(coupon.validUntil)}`,
    template: coupon.templateId,
    activity: coupon.activityId,
    channel: coupon.channelId,
    order: coupon.orderNo,
  })

async function findCoupons(context: CommandContext, options: FindOptions): Promise<Report> {
  const core = await context.core()
  const orders = await findOrders(core, options)
  const page = orders.slice(0, options.limit)
  const coupons = await readCouponsOfOrders(core.hub.database.sql, page)
  await core.setup.refresh()
  const codes = await showCodes(core, coupons, options.reveal === true)
  const codeOf = (coupon: CouponRow): string => codes.get(referenceTo(coupon)) ?? ''
  const next = orders.length > page.length ? (page.at(-1)?.no ?? null) : null
  return reportPage(
    { items: coupons, next },
    ['code', 'reference', 'state', 'template', 'valid until', 'order'],
    (row) => [
      codeOf(row),
      referenceTo(row),
      stateAt(row, core.hub.now()),
      row.templateId,
      showTime(row.validUntil),
      row.orderNo,
    ],
    (row) => valueOf(core, row, codeOf(row)),
  )
}

/** One order more than the page has, so that its end shows. */
async function findOrders(
  core: Core,
  { order, channel, member, openid, after, limit }: FindOptions,
): Promise<OrderRow[]> {
  const ways = [order, member, openid].filter((way) => way !== undefined)
  if (ways.length !== 1) {
    throw new CommandError('usage', 'Say what to look for: --order, --member or --openid.', exitCodes.usage)
  }
  if (order !== undefined) return findOrdersByNumber(core, order, channel)
  const { database, keyring } = core.hub
  const [last] = after === undefined ? [] : await findOrdersByNumber(core, after, undefined)
  const holder = member === undefined ? { openidHash: keyring.hash('openid', openid ?? '') } : { memberId: member }
  return findOrdersOfHolder(database.sql, holder, last, limit + 1)
}

const patienceMilliseconds = 30_000

type Manual = Exclude<CouponAct, 'expire'>

const descriptions: Record<Manual, string> = {
  void: 'void a coupon for ever (券码已退款); what it took from stock and limits comes back',
  freeze: 'let a coupon be redeemed no more until it is unfrozen',
  unfreeze: 'let a frozen coupon be redeemed again',
  delay: 'give a coupon another end; an expired one is valid again',
  activate: 'let a coupon be redeemed that was made inactive',
}

export function registerCouponActs(group: Command, run: Run): void {
  for (const act of ['void', 'freeze', 'unfreeze', 'delay', 'activate'] as const) {
    const command = addReason(group.command(`${act} <coupon>`).description(descriptions[act]))
    if (act === 'delay') command.requiredOption('--until <time>', 'the first instant at which it is over', time)
    command.action(run.onHub((context, { until }: { until?: Date }, named) => change(context, act, named, until)))
  }
}

const pastWords: Record<Manual, string> = {
  void: 'voided',
  freeze: 'frozen',
  unfreeze: 'unfrozen',
  delay: 'delayed',
  activate: 'activated',
}

async function change(context: CommandContext, act: Manual, named: string, until: Date | undefined): Promise<Report> {
  const core = await context.core()
  const found = await findCoupon(core, named)
  const now = core.hub.now()
  const subject = referenceTo(found)
  const { coupon, isChanged } = await core.changeCoupon({
    no: makeNumber(laneIndexOf(found.lane), now),
    deadline: new Date(now.getTime() + patienceMilliseconds),
    act,
    coupon: found,
    until,
    operator: context.operator,
  })
  const state = stateAt(coupon, core.hub.now())
  const words = isChanged ? `is ${pastWords[act]}` : 'was so already, nothing was changed'
  const lines = [`Coupon ${subject} ${words}: ${state}, valid until ${showTime(coupon.validUntil)}.`]
  return { value: { reference: subject, act, isChanged, state, validUntil: coupon.validUntil }, lines }
}
