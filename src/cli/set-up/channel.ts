import type { Command } from 'commander'
import { addChannel, updateChannel } from '../../core/back-office/partners.ts'
import { channel } from '../../core/nouns/channel.ts'
import type { Run } from '../run.ts'
import { registerMoney } from './channel-money.ts'
import { addActs, argumentsOf } from './noun-acts.ts'
import { readsOf } from './noun-reads.ts'
import { addReads } from './reads.ts'
import { addSwitches } from './switches.ts'

export function registerChannel(program: Command, run: Run): void {
  const group = program.command('channel').description('channels: who takes codes from the hub')
  addActs(group, run, channel, {
    add: addChannel,
    update: updateChannel,
    addHelp: 'add a channel (Lakala: its owner_id, at most 8 characters)',
  })
  registerMoney(group, run)
  addReads(group, run, readsOf(channel, { orgId: ({ id, settings }) => settings.orgId ?? id }))
  addSwitches(group, run, 'channel', argumentsOf(channel))
}
