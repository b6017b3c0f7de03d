import type { Command } from 'commander'
import { addShop, updateShop } from '../../core/back-office/merchants.ts'
import { shop } from '../../core/nouns/shop.ts'
import type { Run } from '../run.ts'
import { addActs, argumentsOf } from './noun-acts.ts'
import { readsOf } from './noun-reads.ts'
import { addReads } from './reads.ts'
import { addSwitches } from './switches.ts'

export function registerShop(program: Command, run: Run): void {
  const group = program.command('shop').description('shops of a merchant')
  addActs(group, run, shop, {
    add: addShop,
    update: updateShop,
    addHelp: "add a shop (its number is unique among the acceptor's)",
  })
  addReads(group, run, readsOf(shop))
  addSwitches(group, run, 'shop', argumentsOf(shop))
}
