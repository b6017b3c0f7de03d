import type { Command } from 'commander'
import { addDeliverLink, shownDeliverLink, updateDeliverLink } from '../../core/back-office/deliver-links.ts'
import { given } from '../../core/back-office/fields.ts'
import type { DeliverLink } from '../../core/set-up/snapshot.ts'
import type { CommandContext } from '../context.ts'
import type { Report } from '../output.ts'
import type { Run } from '../run.ts'
import { showFlag, showTime } from '../show.ts'
import { list } from '../parse.ts'
import { readText } from './key-files.ts'
import { addReads, type Reads } from './reads.ts'
import { addSwitches } from './switches.ts'

type ChangeOptions = { wechatApp?: string; secretFile?: string; hosts?: string[] }
type AddOptions = Required<ChangeOptions> & { channel: string }

export function registerDeliverLink(program: Command, run: Run): void {
  const group = program.command('deliver-link').description("links by which a channel's pages learn openids (WeChat)")
  group
    .command('add <id>')
    .description('add a link: /deliverWM/<id>?wmcb=<where to go back to>')
    .requiredOption('--channel <id>', 'the channel whose pages use it')
    .requiredOption('--wechat-app <appid>', 'the app at WeChat in whose name holders are asked (wx…)')
    .requiredOption('--secret-file <file>', "that app's secret (AppSecret), in a file; it is kept encrypted")
    .requiredOption('--hosts <hosts>', 'the hosts that holders may be sent back to, with commas (h5.example.com)', list)
    .action(run.onHub((context, options: AddOptions, id) => addOne(context, id, options)))
  group
    .command('update <id>')
    .description('change what is given')
    .option('--wechat-app <appid>', 'the app at WeChat')
    .option('--secret-file <file>', "that app's secret, in a file")
    .option('--hosts <hosts>', 'all the hosts that holders may be sent back to, with commas', list)
    .action(run.onHub((context, options: ChangeOptions, id) => updateOne(context, id, options)))
  addReads(group, run, reads)
  addSwitches(group, run, 'deliver-link', '<id>')
}

async function addOne(context: CommandContext, id: string, options: AddOptions): Promise<Report> {
  const { channel: channelId, wechatApp: wechatAppId, secretFile, hosts } = options
  const wechatSecret = (await readText(context, secretFile)).trim()
  const input = { id, channelId, wechatAppId, wechatSecret, hosts }
  const row = await addDeliverLink(await context.core(), context.operator, input)
  return {
    value: row,
    lines: [
      `Deliver link ${id} is added. Pages of ${channelId} send holders to /deliverWM/${id}?wmcb=…`,
      "At WeChat the hub's host (QUANHUB_PUBLIC_URL) must be the app's domain for web authorisation (网页授权域名).",
    ],
  }
}

async function updateOne(
  context: CommandContext,
  id: string,
  { wechatApp: wechatAppId, secretFile, hosts }: ChangeOptions,
): Promise<Report> {
  const wechatSecret = secretFile === undefined ? undefined : (await readText(context, secretFile)).trim()
  const changes = given({ wechatAppId, wechatSecret, hosts })
  const row = await updateDeliverLink(await context.core(), context.operator, { id, ...changes })
  return { value: row, lines: [`Deliver link ${id} is changed.`] }
}

const reads: Reads<DeliverLink> = {
  kind: 'deliver-link',
  plural: 'deliver links',
  args: '<id>',
  rows: (setup) => [...setup.deliverLinks.values()],
  idOf: (row) => row.id,
  head: ['id', 'channel', 'wechat app', 'enabled'],
  cells: (row) => [row.id, row.channelId, row.wechatAppId, showFlag(row.isEnabled)],
  fields: ({ id, channelId, wechatAppId, hosts, isEnabled, createdAt }) => ({
    id,
    channel: channelId,
    'wechat app': wechatAppId,
    secret: 'set, kept encrypted',
    hosts: hosts.join(' '),
    enabled: showFlag(isEnabled),
    added: showTime(createdAt),
  }),
  value: shownDeliverLink,
}
