import type { Command } from 'commander'
import { registerCouponActs } from './coupon-acts.ts'
import { findCoupon, findOrdersByNumber, referenceTo, showCodes } from './coupon-find.ts'
import { readHistory } from './history.ts'
import { stateAt } from '../core/coupon/coupon.ts'
import type { Core } from '../core/core.ts'
import { readCouponsOfOrders, type CouponRow } from '../db/coupons.ts'
import type { OrderRow } from '../db/orders.ts'
import { findOrdersOfHolder } from '../db/search.ts'
import type { CommandContext } from './context.ts'
import { CommandError, exitCodes } from './exit-codes.ts'
import { addPaging } from './options.ts'
import type { Report } from './output.ts'
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
