import { activityInsert } from './activityInsert.ts'
import type { Action } from './action.ts'
import { BatchCodeUpdate } from './BatchCodeUpdate.ts'
import { ChannelTicketQuery } from './ChannelTicketQuery.ts'
import { CodeVerify } from './CodeVerify.ts'
import { CodeVerifyQuery } from './CodeVerifyQuery.ts'
import { CodeVerifyVoid } from './CodeVerifyVoid.ts'
import { createRule } from './createRule.ts'
import { MakeCode } from './MakeCode.ts'
import { makeNotifyQuery } from './makeNotifyQuery.ts'
import { makeNotifyRetry } from './makeNotifyRetry.ts'
import { MakeQuery } from './MakeQuery.ts'
import { saleChanneInsert } from './saleChanneInsert.ts'
import { sendChanneInsert } from './sendChanneInsert.ts'
import { templateInsert } from './templateInsert.ts'
import { verifyNotifyQuery } from './verifyNotifyQuery.ts'

/** Everything that can be asked over this wire. */
export const actions: readonly Action[] = [
  activityInsert,
  saleChanneInsert,
  sendChanneInsert,
  templateInsert,
  createRule,
  makeNotifyQuery,
  makeNotifyRetry,
  verifyNotifyQuery,
  MakeCode,
  MakeQuery,
  ChannelTicketQuery,
  CodeVerify,
  CodeVerifyQuery,
  CodeVerifyVoid,
  BatchCodeUpdate,
]

const byName = new Map(
  actions.flatMap((action) => [action.name, ...(action.aliases ?? [])].map((name) => [name, action] as const)),
)

/** An action by its name or another spelling of it. */
export const findAction = (name: string): Action | undefined => byName.get(name)
