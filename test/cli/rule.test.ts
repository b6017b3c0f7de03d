import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, test } from 'vitest'
import { execute } from '../../src/cli/program.ts'
import { createTerminalSite } from '../../src/cli/site.ts'
import { ruleTypes } from '../../src/core/rules/index.ts'
import { formatShanghaiDateTime } from '../../src/time/shanghai.ts'
import { item, rawRule } from '../support/rules.ts'
import { createRecorder } from './run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'quanhub-rule-'))
afterAll(() => rmSync(folder, { recursive: true }))

const write = (name: string, value: unknown): void =>
  writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value))

/** Runs a command line in a folder where no hub is. */
async function runHere(argv: string[]) {
  const { output, said } = createRecorder()
  const environment = { QUANHUB_DATA_DIR: join(folder, 'none') }
  const signal = new AbortController().signal
  const terminal = { argv, environment, cwd: folder, userName: 'wang', output, signal }
  const exitCode = await execute(argv, createTerminalSite(terminal, execute))
  return { ...said, exitCode }
}

type Try = { facts?: unknown; used?: unknown; scene?: string; at?: string; isJson?: boolean }

/** Tries what is in rules.json on facts. */
function tryRules(rules: unknown, { facts = {}, used, scene = 'verify', at = '2026-11-22 10:00', isJson }: Try = {}) {
  write('rules.json', rules)
  write('facts.json', facts)
  if (used !== undefined) write('used.json', used)
  const files = ['--facts', 'facts.json', ...(used === undefined ? [] : ['--used', 'used.json'])]
  const json = isJson === true ? ['--json'] : []
  return runHere(['rule', 'try', 'rules.json', '--scene', scene, ...files, '--at', at, ...json])
}

type Decision = {
  verdict: string
  passesAt: string | null
  discount: { faceFen: number; netFen: number; shares: object[] } | null
  used: Record<string, number>
  trace: { verdict: string; counters: object[] }[]
}

const local = (iso: string | null): string | null => (iso === null ? null : formatShanghaiDateTime(new Date(iso)))

describe.each(ruleTypes)('the worked examples of $key, one request after another', ({ key, examples }) => {
  it.each(examples)('$title', async ({ value, cases }) => {
    const rule = rawRule(key, value, { ruleScene: cases[0]!.facts['scene'] })
    let used: Record<string, number> = {}
    for (const { at, facts, expect: verdict, passesAt, faceFen, netFen } of cases) {
      const { json } = await tryRules([rule], { facts, used, scene: String(facts['scene']), at, isJson: true })
      const decision = json as Decision
      expect(decision.verdict).toBe(verdict)
      if (passesAt !== undefined) expect(local(decision.passesAt)).toBe(passesAt)
      if (faceFen !== undefined) expect(decision.discount).toMatchObject({ faceFen, netFen })
      used = decision.used
    }
  })
})

const coffee = { codeType: 'type', codeConfigList: ['coffee'], discountOff: '0.8' }
const cart = [
  { sku: '111', type: 'coffee', qty: 1, priceFen: 1000 },
  { sku: '333', type: 'cake', qty: 1, priceFen: 2000 },
  { sku: '222', type: 'coffee', qty: 2, priceFen: 1500 },
]
const onceADay = { limitWay: 'Q', limitType: 'W', limitItems: [item('*', { limitMaxDay: 1 })] }

test('people are told how the discount falls on the lines, in yuan', async () => {
  const { lines, exitCode } = await tryRules(rawRule('BuyGet', coffee), { facts: { goods: cart } })
  expect(lines).toEqual([
    'Rule 1, the rule (BuyGet)',
    '  verdict    passed',
    '  input      lines 3',
    '  time zone  Asia/Shanghai',
    '  discount   8.00 yuan',
    '',
    'Decided for 2026-11-22 10:00:00 +08:00, nothing was counted.',
    'PASSED with a discount of 8.00 yuan, of which merchants bear 0.00.',
    'The till books 52.00 yuan, and 8.00 count against its price.',
    '  line 1 (111): 2.00 yuan on 1 piece, by rule 1',
    '  line 3 (222): 6.00 yuan on 2 pieces, by rule 1',
  ])
  expect(exitCode).toBe(0)
})

test('people are told what a counter had, why a rule rejects and when it would pass; the card is masked', async () => {
  const facts = { cardNo: '6225880000008888' }
  const rules = [rawRule('CardNoLimit', onceADay), rawRule('WeekTime', { weekDay: '1111111' })]
  const first = await tryRules(rules, { facts, isJson: true })
  const { used } = first.json as Decision
  const [counter] = Object.keys(used)
  const { lines, exitCode } = await tryRules(rules, { facts, used })
  expect(lines).toEqual([
    'Rule 1, the rule (CardNoLimit)',
    '  verdict     failed',
    '  input       cardNo 622588******8888, quantity 1',
    '  time zone   Asia/Shanghai',
    '  reason      622588******8888 has used 1 of 1 (day) and asks for 1',
    '  would pass  2026-11-23 00:00:00 +08:00',
    `  counter of the day: 1 → 1, at most 1 (${counter})`,
    '',
    'Rule 2, the rule: not asked (a rule before it rejects)',
    '',
    'Decided for 2026-11-22 10:00:00 +08:00, nothing was counted.',
    'REJECTED by rule 1 (limit_exceeded): the rule: 622588******8888 1/1 日',
    'It would pass at 2026-11-23 00:00:00 +08:00.',
  ])
  expect(exitCode).toBe(0)
  expect(JSON.stringify(first.json)).not.toContain('6225880000008888')
})

test('amounts in counters are in yuan', async () => {
  const value = { limitWay: 'A', limitType: 'W', limitItems: [item('A1', { limitMaxDay: 5000 })] }
  const { lines } = await tryRules(rawRule('ActivityLimit', value), { facts: { activityId: 'A1', faceValueFen: 3000 } })
  expect(lines.join('\n')).toContain('counter of the day: 0.00 yuan → 30.00 yuan, at most 50.00 yuan')
})

test('rules for another scene are named and not asked, and switched-off ones are not in force', async () => {
  const closed = { weekDay: '0000000' }
  const rules = [
    rawRule('WeekTime', closed, { ruleScene: 'gift' }),
    rawRule('WeekTime', closed, { isActive: 'N' }),
    rawRule('WeekTime', closed, { isContinue: 'Y' }),
  ]
  const { lines } = await tryRules(rules)
  expect(lines).toContain('Rule 1, the rule: not asked (it is for the scene gift)')
  expect(lines.join('\n')).toMatch(/not in force[^]*noted and passed over[^]*PASSED\. No rule gives a discount/)
})

test('rules are asked by ruleOrder, and --json has the trace of each', async () => {
  const rules = [
    rawRule('WeekTime', { weekDay: '1111111' }, { ruleOrder: 2 }),
    rawRule('ScenceLimit', { ...onceADay, limitItems: [item('verify', { limitMaxDay: 3 })] }, { ruleOrder: '1' }),
  ]
  const { json } = await tryRules(rules, { isJson: true })
  const counters = [{ period: 'day', before: 0, after: 1, max: 3 }]
  expect(json).toMatchObject({
    verdict: 'passed',
    trace: [
      { ruleId: '2', verdict: 'passed', counters },
      { ruleId: '1', verdict: 'passed', timeZone: 'Asia/Shanghai' },
    ],
  })
})

describe('what cannot be understood is refused with exit code 1, naming the field', () => {
  const day = rawRule('WeekTime', { weekDay: '1111111' })

  it.each([
    ['a type that there is not', [day, { ...day, ruleKey: 'Moon' }], 'ruleKey'],
    ['a missing field', [{ ...day, messageTpl: null }], 'messageTpl'],
    ['a wrong week', rawRule('WeekTime', { weekDay: '111' }), 'ruleValue.weekDay'],
    [
      'a limit of no number',
      rawRule('CityLimit', { ...onceADay, limitItems: [item('*', { limitMaxDay: -1 })] }),
      'ruleValue.limitItems[0].limitMaxDay',
    ],
    ['a card where codes are made', rawRule('CardNoLimit', onceADay, { ruleScene: 'make' }), 'ruleKey'],
    ['what is no rule at all', 'null', ''],
  ])('%s', async (_what, rules, field) => {
    const { errors, exitCode } = await tryRules(rules)
    expect(errors.join('\n')).toMatch(/Rule \d of .*rules\.json cannot be taken/)
    expect(errors.join('\n')).toContain(field)
    expect(exitCode).toBe(1)
    const { json } = await tryRules(rules, { isJson: true })
    expect(json).toMatchObject({ error: { code: 'invalid_request', ...(field === '' ? {} : { field }) } })
  })

  it.each([
    ['facts of another scene', { facts: { scene: 'make' } }, /scene make, --scene says verify/],
    ['facts that are none', { facts: [] }, /facts\.json is no JSON object/],
    ['a price with decimals', { facts: { goods: [{ qty: 1, priceFen: 1.5 }] } }, /goods\.0\.priceFen/],
    ['a card number with letters', { facts: { cardNo: 'x' } }, /cardNo: must be 12 to 19 digits/],
    ['a counter below zero', { used: { one: -1 } }, /used\.json has no counters[^]*\(one\)/],
    ['facts that are no JSON', { facts: '{' }, /facts\.json is no JSON/],
  ])('%s', async (_what, tried, words) => {
    const { errors, exitCode } = await tryRules(day, tried)
    expect(errors.join('\n')).toMatch(words)
    expect(exitCode).toBe(1)
  })

  it('a file that is not there', async () => {
    write('facts.json', {})
    const { errors, exitCode } = await runHere([
      'rule',
      'try',
      'gone.json',
      '--scene',
      'verify',
      '--facts',
      'facts.json',
    ])
    expect(errors.join('\n')).toMatch(/gone\.json cannot be read/)
    expect(exitCode).toBe(1)
  })
})

test('its help has an example', async () => {
  const { lines, exitCode } = await runHere(['rule', 'try', '--help'])
  expect(lines.join('\n')).toContain('quanhub rule try rules.json --scene verify --facts facts.json')
  expect(exitCode).toBe(0)
})
