import type { Command } from 'commander'
import { addChannel, updateChannel } from '../../core/back-office/partners.ts'
import { given } from '../../core/back-office/fields.ts'
import type { Channel } from '../../core/set-up/snapshot.ts'
import type { CommandContext } from '../context.ts'
import type { Report } from '../output.ts'
import type { Run } from '../run.ts'
import { showFlag, showTime } from '../show.ts'
import { requireCallbackUrl } from './addresses.ts'
import { addReads, type Reads } from './reads.ts'
import { registerMoney } from './channel-money.ts'
import { settingsFrom } from './settings-options.ts'
import { addSwitches } from './switches.ts'
import { showWritten } from './written.ts'

type ChannelOptions = {
  name?: string
  memberPrefix?: string
  orgId?: string
  tellReversals?: boolean
  acceptor?: string
  verifyNotifyUrl?: string
  messageText?: string
  callbackUrl?: string
  wechatAppId?: string
}

export function registerChannel(program: Command, run: Run): void {
  const group = program.command('channel').description('channels: who takes codes from the hub')
  withOptions(
    group.command('add <id>').description('add a channel (Lakala: its owner_id, at most 8 characters)'),
  ).action(run.onHub((context, options: ChannelOptions, id) => change(context, addChannel, 'added', id, options)))
  withOptions(group.command('update <id>').description('change what is given')).action(
    run.onHub((context, options: ChannelOptions, id) => change(context, updateChannel, 'changed', id, options)),
  )
  registerMoney(group, run)
  addReads(group, run, reads)
  addSwitches(group, run, 'channel', '<id>')
}

const withOptions = (command: Command): Command =>
  command
    .option('--name <name>', 'what people call it (when added: the id)')
    .option('--member-prefix <digits>', 'what every member number of this channel begins with')
    .option('--org-id <id>', 'how callbacks name the channel (default: the id)')
    .option('--tell-reversals', 'tell the channel of a redemption that is reversed after it was told of')
    .option('--no-tell-reversals', 'do not tell (the default)')
    .option(
      '--acceptor <id>',
      'the acceptor at whose shops it redeems its own coupons (whale; default: who has the shop)',
    )
    .option('--verify-notify-url <url>', 'where redemptions are told, where neither template nor activity says (whale)')
    .option('--message-text <text>', 'the short message to holders, where the template has none (whale)')
    .option('--callback-url <url>', 'where outcomes are told, where the order does not say (exchange)')
    .option('--wechat-app-id <id>', 'the WeChat app of its holders, where the order does not say (exchange)')

async function change(
  context: CommandContext,
  act: typeof addChannel,
  done: string,
  id: string,
  options: ChannelOptions,
): Promise<Report> {
  const { name, memberPrefix, orgId, tellReversals: isReversalTold, acceptor: acceptorId } = options
  const { verifyNotifyUrl, callbackUrl, messageText, wechatAppId } = options
  requireCallbackUrl(context, '--verify-notify-url', verifyNotifyUrl)
  requireCallbackUrl(context, '--callback-url', callbackUrl)
  const told = { isReversalTold, verifyNotifyUrl, callbackUrl, messageText }
  const settings = settingsFrom({ memberPrefix, orgId, acceptorId, wechatAppId, ...told })
  const row = await act(await context.core(), context.operator, { id, ...given({ name }), ...settings })
  return { value: row, lines: [`Channel ${id} is ${done}.`] }
}

const reads: Reads<Channel> = {
  kind: 'channel',
  plural: 'channels',
  args: '<id>',
  rows: (setup) => [...setup.channels.values()],
  idOf: (row) => row.id,
  head: ['id', 'name', 'enabled'],
  cells: (row) => [row.id, row.name, showFlag(row.isEnabled)],
  fields: ({ id, name, isEnabled, settings, written, createdAt }) => ({
    id,
    name,
    enabled: showFlag(isEnabled),
    'member prefix': settings.memberPrefix ?? '-',
    'org id': settings.orgId ?? id,
    'tells reversals': showFlag(settings.isReversalTold),
    'redeems at': settings.acceptorId,
    'verify notify url': settings.verifyNotifyUrl,
    'message text': settings.messageText,
    'callback url': settings.callbackUrl,
    'wechat app id': settings.wechatAppId,
    added: showTime(createdAt),
    ...showWritten(written),
  }),
}
