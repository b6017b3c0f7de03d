import type { Facts } from '../facts.ts'
import { missingFact } from './known.ts'
import type { Recorded } from './recorded.ts'
import { orderRules, type Rule, rulesFor } from '../deciding/rule.ts'

/** The rules of a replay: those that are tried, in the place of those that they replace, among the others of the hub. */
export type ReplayRules = {
  /** All of them, in the order in which they are asked. */
  rules: Rule[]
  tried: ReadonlySet<Rule>
  /** The hub's rules that the tried ones replace: they hang on the same, in the same scene, under the same name. */
  replaced: Rule[]
}

const naturalKey = ({ attachment: { kind, itemId }, scene, name }: Rule): string =>
  JSON.stringify([kind, itemId, scene, name])

/** Puts the tried rules into the places that `createRule` would give them. */
export function makeReplayRules(given: Rule[], hubRules: readonly Rule[]): ReplayRules {
  const keys = new Set(given.map(naturalKey))
  const replaced = hubRules.filter((rule) => keys.has(naturalKey(rule)))
  const lastId = Math.max(0, ...hubRules.map(({ id }) => Number(id)))
  const tried = given.map((rule, i) => {
    const old = replaced.find((other) => naturalKey(other) === naturalKey(rule))
    return { ...rule, id: old?.id ?? String(lastId + 1 + i) }
  })
  const others = hubRules.filter((rule) => !replaced.includes(rule))
  return { rules: orderRules([...others, ...tried]), tried: new Set(tried), replaced }
}

const isBuyGet = ({ body }: Rule): boolean => body.kind === 'buyGet'

/** What is asked of something that was recorded. */
export type Reasked = {
  rules: Rule[]
  /** Those among them that are tried. */
  tried: Rule[]
  /** Whether the tried rules may change what a redemption is worth. Otherwise what was given then is what counts. */
  isWorthAnew: boolean
}

/**
 * The rules that something recorded is decided by anew. Of the others of the hub it met those that were asked of it then,
 * whatever they say today; those that it never came to are asked of a refusal as they are.
 */
export function reask({ rules, tried, replaced }: ReplayRules, recorded: Recorded): Reasked {
  const { facts, subjects, askedIds, outcome } = recorded
  const asked = rulesFor(rules, facts.scene, subjects)
  const isAccepted = outcome.kind === 'accepted'
  const isWorthAnew =
    !isAccepted ||
    asked.some((rule) => tried.has(rule) && isBuyGet(rule)) ||
    replaced.some((rule) => isBuyGet(rule) && askedIds.has(rule.id))
  return {
    rules: asked.flatMap((rule) => {
      if (tried.has(rule)) return [rule]
      if (isUnfit(rule, facts) || (isBuyGet(rule) && !isWorthAnew)) return []
      if (askedIds.has(rule.id)) return [{ ...rule, isContinue: true }]
      return isAccepted ? [] : [rule]
    }),
    tried: asked.filter((rule) => tried.has(rule)),
    isWorthAnew,
  }
}

const isUnfit = (rule: Rule, facts: Facts): boolean => missingFact(rule, facts) !== undefined
