import type { Command } from 'commander'
import { addMerchant, updateMerchant } from '../../core/back-office/merchants.ts'
import { merchant } from '../../core/nouns/merchant.ts'
import type { Run } from '../run.ts'
import { addActs, argumentsOf } from './noun-acts.ts'
import { readsOf } from './noun-reads.ts'
import { addReads } from './reads.ts'
import { addSwitches } from './switches.ts'

export function registerMerchant(program: Command, run: Run): void {
  const group = program.command('merchant').description('merchants of an acceptor')
  addActs(group, run, merchant, { add: addMerchant, update: updateMerchant, addHelp: 'add a merchant' })
  addReads(group, run, readsOf(merchant))
  addSwitches(group, run, 'merchant', argumentsOf(merchant))
}
