import type { Action } from './action.ts'
import { activityInsert } from './activityInsert.ts'
import { createRule } from './createRule.ts'
import { saleChanneInsert } from './saleChanneInsert.ts'
import { sendChanneInsert } from './sendChanneInsert.ts'
import { templateInsert } from './templateInsert.ts'

/** Everything that can be asked over this wire. */
export const actions: readonly Action[] = [
  activityInsert,
  saleChanneInsert,
  sendChanneInsert,
  templateInsert,
  createRule,
]

const byName = new Map(
  actions.flatMap((action) => [action.name, ...(action.aliases ?? [])].map((name) => [name, action] as const)),
)

/** An action by its name or another spelling of it. */
export const findAction = (name: string): Action | undefined => byName.get(name)
