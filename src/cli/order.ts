import type { Command } from 'commander'
import { stateAt } from '../core/coupon/coupon.ts'
import { readCouponsOfOrders } from '../db/coupons.ts'
import { readNotificationsOfOrder } from '../db/notifications.ts'
import type { OrderRow } from '../db/orders.ts'
import { maskMiddle } from '../wire/text.ts'
import { findOneOrder, referenceTo, showCodes } from './coupon-find.ts'
import type { CommandContext } from './context.ts'
import type { Report } from './output.ts'
import type { Run } from './run.ts'
import { showFields, showTime, counted } from './show.ts'

type ShowOptions = { channel?: string; reveal?: boolean }

export function registerOrder(program: Command, run: Run): void {
  const group = program.command('order').description('orders of channels')
  group
    .command('show <no>')
    .description("show an order, by our number or by the channel's, with its coupons and notifications")
    .option('--channel <id>', 'whose number it is, where several channels use it')
    .option('--reveal', 'show codes, openid and mobile number instead of masking them')
    .action(run.onHub((context, options: ShowOptions, no) => showOrder(context, no, options)))
}

async function showOrder(context: CommandContext, no: string, { channel, reveal }: ShowOptions): Promise<Report> {
  const core = await context.core()
  const { database, keyring } = core.hub
  const order = await findOneOrder(core, no, channel)
  const [rows, notifications] = await Promise.all([
    readCouponsOfOrders(database.sql, [order]),
    readNotificationsOfOrder(database.sql, order.lane, order.no),
  ])
  const codes = await showCodes(core, rows, reveal === true)
  const openid = order.openid === null ? null : keyring.decrypt(order.openid)
  const mobile = order.mobile === null ? null : keyring.decrypt(order.mobile)
  const hide = (text: string | null): string | null => (text !== null && reveal !== true ? maskMiddle(text) : text)
  const shown = { ...order, openid: hide(openid), mobile: hide(mobile) }
  const coupons = rows.map((row) => {
    const reference = referenceTo(row)
    return { reference, code: codes.get(reference) ?? '', state: stateAt(row, core.hub.now()) }
  })
  const told = notifications.map(({ no, kind, state, attempts, dueAt }) => ({ no, kind, state, attempts, dueAt }))
  const { fingerprint: _, openidHash: __, lane: ___, mobileHash: ____, ...value } = shown
  const lines = [
    ...fieldsOf(shown),
    ...coupons.map(({ reference, code, state }) => `coupon ${reference}  ${code}  ${state}`),
    ...told.map(
      ({ no, kind, state, attempts }) => `notification ${no}  ${kind}  ${state}, ${counted(attempts, 'attempt')}`,
    ),
  ]
  return { value: { ...value, coupons, notifications: told }, lines }
}

const fieldsOf = (
  order: Omit<OrderRow, 'openid' | 'mobile'> & { openid: string | null; mobile: string | null },
): string[] =>
  showFields({
    no: order.no,
    channel: order.channelId,
    "channel's no": order.externalNo,
    app: `${order.face} ${order.appId}`,
    state: order.failure === null ? order.state : `${order.state}: ${order.failure}`,
    activity: order.activityId,
    template: order.templateId,
    quantity: order.quantity,
    member: order.memberId ?? '-',
    openid: order.openid ?? '-',
    mobile: order.mobile ?? undefined,
    supplier: order.supplierId ?? undefined,
    remark: order.remark ?? undefined,
    'issue told to': order.issueUrl ?? '-',
    'use told to': order.redeemUrl ?? '-',
    made: showTime(order.createdAt),
    finished: showTime(order.finishedAt),
  })
