import type { Command } from 'commander'
import { addAcceptor, updateAcceptor } from '../../core/back-office/partners.ts'
import { acceptor } from '../../core/nouns/acceptor.ts'
import type { Run } from '../run.ts'
import { addActs, argumentsOf } from './noun-acts.ts'
import { readsOf } from './noun-reads.ts'
import { addReads } from './reads.ts'
import { addSwitches } from './switches.ts'

export function registerAcceptor(program: Command, run: Run): void {
  const group = program.command('acceptor').description('acceptors: who redeems, with their merchants and shops')
  addActs(group, run, acceptor, { add: addAcceptor, update: updateAcceptor, addHelp: 'add an acceptor' })
  addReads(group, run, readsOf(acceptor))
  addSwitches(group, run, 'acceptor', argumentsOf(acceptor))
}
