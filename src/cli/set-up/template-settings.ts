import type { Command } from 'commander'
import type { TemplateSettings } from '../../core/set-up/settings.ts'
import type { CommandContext } from '../context.ts'
import { readJsonFile } from '../files.ts'
import { whole } from '../parse.ts'
import { requireCallbackUrl } from './addresses.ts'
import { settingsFrom } from './settings-options.ts'

/** What Whale's wire asks of templates besides. */
export type TemplateSettingsOptions = {
  ticketType?: number
  verifyNotifyUrl?: string
  messageText?: string
  thirdProductId?: string
  print?: string
}

export const addTemplateSettings = (command: Command): Command =>
  command
    .option(
      '--ticket-type <n>',
      '1 代金券, 2 折抵券: need an amount; 3 产品抵用券, 4 复合产品券: need goods (whale)',
      whole(1, 4),
    )
    .option('--verify-notify-url <url>', 'where redemptions are told (whale)')
    .option(
      '--message-text <text>',
      'the short message to holders: {code} {ticketName} {validEnd} {channelName} are filled (whale)',
    )
    .option('--third-product-id <id>', 'what the supplier calls it')
    .option('--print <file>', 'a JSON file with texts for the till to print, by the names of printDetail (whale)')

export function templateSettingsFrom(context: CommandContext, options: TemplateSettingsOptions) {
  const { ticketType, verifyNotifyUrl, messageText, thirdProductId } = options
  requireCallbackUrl(context, '--verify-notify-url', verifyNotifyUrl)
  const print = options.print === undefined ? undefined : readJsonFile(context.resolvePath(options.print))
  // The set-up itself says what a ticket type and a print file may be.
  const settings = { ticketType, verifyNotifyUrl, messageText, thirdProductId, print } as Partial<TemplateSettings>
  return settingsFrom(settings)
}
