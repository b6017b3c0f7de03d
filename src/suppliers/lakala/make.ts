import { hash } from 'node:crypto'
import type { JsonObject } from '../../wire/json.ts'
import { acceptCodes, refused, unknown } from '../answers.ts'
import { textIn } from '../read.ts'
import type { MakeAnswer, MakeAsk, SupplierSend } from '../supplier.ts'
import { ask, readVerdict } from './ask.ts'
import type { LakalaSettings } from './settings.ts'

type Settings = LakalaSettings

/** 发放优惠券: one coupon, to the holder that the order names. Its number is ours, so that a repeat hears the first answer. */
export async function make(settings: Settings, asked: MakeAsk, send: SupplierSend, now: Date): Promise<MakeAnswer> {
  const fields = fieldsOf(settings, asked)
  if (typeof fields === 'string') return refused('order', fields)
  const told = await ask(settings, settings.issueURL, fields, send, now)
  if (told.kind === 'unknown') return told
  const verdict = readVerdict(told.object)
  if (verdict.kind === 'yes') return readIssue(verdict.data, asked)
  return verdict.kind === 'refused' ? verdict : learn(settings, asked, send, now, verdict.reason)
}

/** What is asked for, or why it cannot be. */
function fieldsOf(settings: Settings, asked: MakeAsk): Record<string, string | undefined> | string {
  const { quantity, openid, thirdProductId } = asked
  if (quantity !== 1) return 'It makes one coupon for an order, and no more.'
  if (openid === undefined) return 'The order names no openid, to whom the coupon could be given.'
  if (thirdProductId === undefined) return 'The template does not say which promotion_id it stands for: thirdProductId.'
  return {
    member_id: memberIdOf(settings, asked, openid),
    activity_id: settings.activityId,
    owner_id: settings.ownerId,
    promotion_id: thirdProductId,
    channel_openid: openid,
    mer_order_id: asked.no,
    writeOffNotify: settings.writeOffNotify,
    postNotify: settings.postNotify,
  }
}

/**
 * 10 to 20 characters that begin with the prefix: the order's own member number where it fits, else a number that is the
 * same for the same holder, so that limits for a member hold.
 */
export function memberIdOf({ memberPrefix }: Settings, { memberId = '' }: MakeAsk, openid: string): string {
  const own = memberId.startsWith(memberPrefix) ? memberId : memberPrefix + memberId
  if (memberId !== '' && /^[\x21-\x7e]{10,20}$/.test(own)) return own
  const digest = BigInt(`0x${hash('sha256', JSON.stringify([memberId, openid]))}`)
  return memberPrefix + digest.toString().slice(-(20 - memberPrefix.length))
}

function readIssue(data: JsonObject, { no }: MakeAsk): MakeAnswer {
  if (textIn(data['mer_order_id']) !== no) return unknown('The answer was about another mer_order_id.')
  const status = textIn(data['trade_status'])
  if (status === 'SUCCESS') return acceptCodes([data['third_coupon_id']], 1)
  if (status === 'FAIL') return refused('FAIL', data['failMsg'])
  return unknown(status === 'PROCESS' ? 'It is being issued: PROCESS.' : 'The answer had no trade_status.')
}

/** 数据查询, where the answer decides nothing: that it failed is told there. Which coupon it was is told by a repeat alone. */
async function learn(
  settings: Settings,
  { no }: MakeAsk,
  send: SupplierSend,
  now: Date,
  reason: string,
): Promise<MakeAnswer> {
  const told = await ask(settings, settings.queryURL, queryOf(settings, no), send, now)
  const verdict = told.kind === 'unknown' ? told : readVerdict(told.object)
  if (verdict.kind !== 'yes') return unknown(reason)
  const status = textIn(verdict.data['trade_status'])
  if (status === 'FAIL') return refused('FAIL', verdict.data['failMsg'])
  return unknown(`${reason} By the query it is ${/^[A-Z]{1,16}$/.exec(status ?? '')?.[0] ?? 'not known'}.`)
}

/** Lakala §5; we have no trade_no where an answer was lost, so it is never sent. */
export const queryOf = ({ ownerId, activityId }: Settings, no: string) => ({
  owner_id: ownerId,
  mer_order_id: no,
  activity_id: activityId,
})
