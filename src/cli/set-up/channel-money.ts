import type { Command } from 'commander'
import { readBalance, topUpBalance, type Balance } from '../../core/back-office/balances.ts'
import { setPrice } from '../../core/back-office/prices.ts'
import type { CommandContext } from '../context.ts'
import { addReason } from '../options.ts'
import type { Report } from '../output.ts'
import { signedYuan, yuan } from '../parse.ts'
import type { Run } from '../run.ts'
import { showYuan } from '../show.ts'

/** Adds `price`, `top-up` and `balance` to the group of channels. */
export function registerMoney(group: Command, run: Run): void {
  group
    .command('price')
    .description('set what one coupon of a template costs the channel from now on (where none is set: its face value)')
    .argument('<channel>')
    .argument('<template>')
    .argument('<yuan>', 'such as 29.50, or "default" for the face value', priceOf)
    .action(run.onHub((context, _: unknown, ...args) => price(context, args)))
  const topUp = group
    .command('top-up')
    .description('pay into the prepaid balance of the channel; from the first time on its orders are taken from it')
    .argument('<channel>')
    .argument('<yuan>', 'such as 5000.00; below 0 to pay back: -20.00', signedYuan)
    // A negative amount looks like an option to the parser: unknown options are taken as arguments here.
    .allowUnknownOption()
  addReason(topUp).action(run.onHub((context, _: unknown, id, amount) => pay(context, id, Number(amount))))
  group
    .command('balance <channel>')
    .description('show what the channel paid in, and what is left of it')
    .action(run.onHub((context, _: unknown, id) => balance(context, id)))
}

// The parser takes null for "nothing was said", so that the word stays a word until it is read.
const priceOf = (text: string): number | 'default' => (text === 'default' ? text : yuan(text))

async function price(context: CommandContext, [channelId = '', templateId = '', given]: unknown[]): Promise<Report> {
  const ids = { channelId: String(channelId), templateId: String(templateId) }
  const settlementPriceFen = typeof given === 'number' ? given : null
  const set = await setPrice(await context.core(), context.operator, { ...ids, settlementPriceFen })
  const now = showYuan(set.settlementPriceFen)
  const words = settlementPriceFen === null ? `its face value, ${now}` : now
  return { value: set, lines: [`A coupon of template ${set.templateId} costs channel ${set.channelId} ${words} yuan.`] }
}

async function pay(context: CommandContext, channelId: string, amountFen: number): Promise<Report> {
  const paid = await topUpBalance(await context.core(), context.operator, { channelId, amountFen })
  return { value: paid, lines: [inWords(paid)] }
}

async function balance(context: CommandContext, channelId: string): Promise<Report> {
  const found = await readBalance(await context.core(), channelId)
  if (found !== undefined) return { value: found, lines: [inWords(found)] }
  const words = `Channel ${channelId} does not pay in advance. Its first payment: quanhub channel top-up ${channelId} YUAN --reason …`
  return { value: { channelId, balanceFen: null }, lines: [words] }
}

const inWords = ({ channelId, balanceFen, paidInFen, takenFen }: Balance): string =>
  `Channel ${channelId} has ${showYuan(balanceFen)} yuan left: ${showYuan(paidInFen)} paid in, ${showYuan(takenFen)} taken by orders.`
