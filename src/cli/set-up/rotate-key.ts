import type { Command } from 'commander'
import { rotateInboundKey, rotateOutboundKey } from '../../core/back-office/rotate-key.ts'
import { given } from '../../core/back-office/fields.ts'
import type { CommandContext } from '../context.ts'
import { CommandError, exitCodes } from '../errors.ts'
import type { Report } from '../output.ts'
import { duration, time } from '../parse.ts'
import type { Run } from '../run.ts'
import { showTime } from '../show.ts'
import { handOver, readInbound, readOutbound, type KeyOptions } from './key-files.ts'

type RotateOptions = KeyOptions & { inbound?: boolean; outbound?: boolean; overlap: number; switchAt?: Date }

export function registerRotateKey(group: Command, run: Run): void {
  group
    .command('rotate-key <face> <id>')
    .description("take a new key of the partner (--inbound), or make the hub's own anew (--outbound)")
    .option('--inbound', "the partner's key: the new one is taken from now on, the old one for the overlap more")
    .option('--public-key <file>', "the partner's new public key or certificate, as PEM")
    .option('--serial-no <no>', "the serial number of the partner's new key")
    .option('--secret-file <file>', 'the new shared secret, in a file')
    .option('--overlap <time>', 'how long the old key is still taken: 0s, 12h, 7d', duration, 7 * 86_400)
    .option('--outbound', "the hub's key: the hub signs with the new one from --switch-at on")
    .option('--hub-key <file>', 'the new private key as PEM (default: one is made)')
    .option('--hub-serial-no <no>', 'its serial number (default: from the key)')
    .option('--switch-at <time>', 'when the hub changes over, Asia/Shanghai (default: now)', time)
    .action(run.onHub((context, options: RotateOptions, ...ids) => rotate(context, ids, options)))
}

async function rotate(context: CommandContext, ids: string[], options: RotateOptions): Promise<Report> {
  if ((options.inbound === true) === (options.outbound === true)) {
    throw new CommandError('usage', 'Say which key: --inbound or --outbound.', exitCodes.usage)
  }
  return options.inbound === true ? rotateInbound(context, ids, options) : rotateOutbound(context, ids, options)
}

async function rotateInbound(context: CommandContext, [face = '', id = '']: string[], options: RotateOptions) {
  const key = await readInbound(context, options)
  const input = { face, id, key, overlapSeconds: options.overlap }
  const rotated = await rotateInboundKey(await context.core(), context.operator, input)
  const lines = [`The new key of app ${id} is taken from now on, the old one until ${showTime(rotated.oldValidUntil)}.`]
  return { value: rotated, lines }
}

async function rotateOutbound(context: CommandContext, [face = '', id = '']: string[], options: RotateOptions) {
  const key = await readOutbound(context, options)
  const input = { face, id, ...given({ key, switchAt: options.switchAt }) }
  const rotated = await rotateOutboundKey(await context.core(), context.operator, input)
  const lines = [
    `The hub signs for app ${id} with a new key from ${showTime(rotated.validFrom)} on.`,
    ...handOver(rotated),
  ]
  return { value: rotated, lines }
}
