import { ruleHeadSchema, whaleRuleSpelling as spelling } from '../../src/faces/whale/written-rule.ts'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { decideRules, parseRule, readFacts, ruleTypes, type Example, type Rule } from '../../src/core/rules/index.ts'
import { at, hashCardNo } from '../support/rules.ts'

function ruleOf(ruleKey: string, example: Example): Rule {
  const facts = example.cases[0]?.facts ?? {}
  const raw = {
    ruleScenceKey: 'activity',
    ruleScene: facts['scene'],
    ruleName: example.title,
    ruleKey,
    ruleValue: example.value,
    startTime: '20260101000000',
    endTime: '20261231235959',
    messageTpl: '{ruleName}',
  }
  const parsed = parseRule(raw, { id: '1', spelling, hashCardNo })
  if ('refusal' in parsed) throw new Error(JSON.stringify(parsed.refusal))
  return parsed.rule
}

/** Plays the cases of an example one after another and says what came out, in the words of the example. */
function play(ruleKey: string, example: Example) {
  const rule = ruleOf(ruleKey, example)
  const counters = new Map<string, number>()
  return example.cases.map((step) => {
    const decided = decideRules([rule], readFacts(step.facts, hashCardNo), counters, at(step.at))
    if (decided.verdict === 'rejected')
      return { ...step, expect: decided.verdict, ...('passesAt' in step ? { passesAt: local(decided.passesAt) } : {}) }
    for (const [key, amount] of decided.uses) counters.set(key, (counters.get(key) ?? 0) + amount)
    const { faceFen, netFen } = decided.discount ?? {}
    return { ...step, expect: decided.verdict, ...(faceFen === undefined ? {} : { faceFen, netFen }) }
  })
}

const local = (date: Date | null) =>
  date && new Date(date.getTime() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')

describe.each(ruleTypes)('the worked examples of $key', ({ key, examples }) => {
  it.each(examples)('$title', (example) => {
    expect(play(key, example)).toEqual(example.cases)
  })
})

describe('docs/rules.md', () => {
  const document = readFileSync(new URL('../../docs/rules.md', import.meta.url), 'utf8')
  const blocks = [...document.matchAll(/```json\n(.*?)```/gs)].map(
    ([, json]) => JSON.parse(json!) as Record<string, unknown>,
  )

  it('has the worked examples of every type, as they are run', () => {
    const all = ruleTypes.flatMap(({ key, examples }) => examples.map((example) => ({ ruleKey: key, ...example })))
    const printed = all.map(({ ruleKey, value: ruleValue, cases }) => ({ ruleKey, ruleValue, cases }))
    expect(blocks).toEqual(printed)
    for (const { title } of all) expect(document).toContain(title)
  })

  it('describes every field as its schema does', () => {
    for (const schema of [ruleHeadSchema, ...ruleTypes.map((type) => type.schema)]) {
      const { properties = {} } = z.toJSONSchema(schema, { io: 'input' })
      const fields = [...Object.entries(properties), ...itemFields(properties)] as [
        string,
        { title?: string; description?: string },
      ][]
      expect(fields.length).toBeGreaterThan(0)
      for (const [name, { title, description }] of fields) {
        expect(document).toContain(`| \`${name}\` | ${title} | ${description} |`)
      }
    }
  })
})

function itemFields(properties: Record<string, unknown>): [string, unknown][] {
  const list = properties['limitItems'] as { items?: { properties?: object } } | undefined
  return Object.entries(list?.items?.properties ?? {})
}
