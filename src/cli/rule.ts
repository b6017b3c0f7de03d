import { createHmac } from 'node:crypto'
import type { Command } from 'commander'
import { z } from 'zod'
import { decideRules, orderRules, readFacts, type Facts } from '../core/rules/index.ts'
import type { CommandContext } from './context.ts'
import { readJsonFile } from './files.ts'
import type { Report } from './output.ts'
import { time } from './parse.ts'
import { addBacktest } from './rule-backtest.ts'
import { readRules, readUsed, refused } from './rule-files.ts'
import { reportDecision } from './rule-report.ts'
import type { Run } from './run.ts'
import { addRuleSetUp } from './set-up/rule.ts'

type TryOptions = { scene: string; facts: string; used?: string; at?: Date }

export function registerRule(program: Command, run: Run): void {
  const group = program.command('rule').description('rules of business: see docs/rules.md')
  group
    .command('try')
    .argument('<file>', 'a JSON file with a rule, or an array of rules, as createRule sends it')
    .description('decide a request by rules without a hub; nothing is counted or kept')
    .requiredOption('--scene <word>', 'when the rules are asked: make, verify or your own word')
    .requiredOption('--facts <file>', 'a JSON file with what is known of the request')
    .option('--used <file>', 'a JSON file with what counters have in use already: {"counter": 3}')
    .option('--at <time>', 'when it is decided (default: now)', time)
    .addHelpText('after', tryHelp)
    .action(run.here<TryOptions>((context, options, file) => tryRules(context, file, options)))
  addBacktest(group, run)
  addRuleSetUp(group, run)
}

const tryHelp = `
All rules of the file for the scene are asked, whatever they hang on. Their ids are their places in the file.

Facts: activityId, cardNo, cityId, tid, quantity, faceValueFen, cartAmountFen and goods, each of which has sku, type,
spec, qty and priceFen. A card number is hashed with a key of this command alone, since nothing is kept: counters of a
hub have other names for cards, and rules with card numbers that a hub has sealed meet no card here.

Example:
  echo '{"goods": [{"sku": "111", "qty": 2, "priceFen": 3000}]}' > facts.json
  quanhub rule try rules.json --scene verify --facts facts.json --at "2026-11-22 10:00"

With --json the result has "used", the counters as they would be, which --used takes for the next request. It ends
with 0 whether the request passes or not, and with 1 where a file cannot be understood.`

/** Not a secret: it only has to make equal hashes of equal numbers, for as long as the command runs. */
const hashCardNo = (cardNo: string): string =>
  createHmac('sha256', 'quanhub rule try').update(cardNo).digest('base64url').slice(0, 22)

function tryRules({ resolvePath }: CommandContext, file: string, options: TryOptions): Report {
  const { scene, at = new Date() } = options
  const rules = readRules(resolvePath(file), hashCardNo)
  const facts = readFactsFile(resolvePath(options.facts), scene)
  const used = options.used === undefined ? {} : readUsed(resolvePath(options.used))
  const asked = orderRules(rules.filter((rule) => rule.scene === scene))
  const decided = decideRules(asked, facts, new Map(Object.entries(used)), at, { isTracing: true })
  return reportDecision({ rules, facts, used, at, decided })
}

function readFactsFile(path: string, scene: string): Facts {
  const written = z.looseObject({ scene: z.string().default(scene) }).safeParse(readJsonFile(path))
  if (!written.success) throw refused(`${path} is no JSON object with the facts of a request.`)
  if (written.data.scene !== scene) {
    throw refused(`The facts are of the scene ${written.data.scene}, --scene says ${scene}`, 'scene')
  }
  try {
    return readFacts(written.data, hashCardNo)
  } catch (error) {
    throw refused(`${(error as Error).message} (in ${path})`)
  }
}
