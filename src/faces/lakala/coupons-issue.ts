import { hash } from 'node:crypto'
import { z } from 'zod'
import { refuse } from '../../core/command/errors.ts'
import type { IssueOutcome } from '../../core/issue/issue.ts'
import { failureCodeOf } from '../../core/issue/look-up-order.ts'
import type { App } from '../../core/set-up/snapshot.ts'
import { batchNoOf } from '../../core/supplier/supplier-of.ts'
import { checkCallbackUrl } from '../../wire/address.ts'
import type { JsonObject } from '../../wire/json.ts'
import type { FaceTools } from '../face.ts'
import { optionalId, readFields, requiredId } from '../fields.ts'
import { newOrderCommand } from '../order-command.ts'
import type { Caller } from './authenticate.ts'
import type { Answer } from './answer.ts'
import { failMsgOf, successWords, wordsOf } from './words.ts'

// Lakala §2. `activity_id` is longer in the query's table than in this one: 32 is what both take.
const schema = z.object({
  member_id: requiredId(20, 10),
  activity_id: requiredId(32),
  owner_id: requiredId(8),
  promotion_id: requiredId(32),
  channel_openid: requiredId(128),
  mer_order_id: requiredId(64),
  writeOffNotify: requiredId(256),
  postNotify: optionalId(256),
})
type Fields = z.output<typeof schema>

/** 发放优惠券: issues one coupon to a holder. */
export async function issueCoupon(tools: FaceTools, { app, nonce }: Caller, fields: JsonObject): Promise<Answer> {
  const asked = readFields(schema, fields)
  requireAddress(tools, 'writeOffNotify', asked.writeOffNotify)
  if (asked.postNotify !== undefined) requireAddress(tools, 'postNotify', asked.postNotify)
  requireMemberPrefix(tools, app, asked)
  const outcome = await tools.core.issue({
    ...newOrderCommand(tools.core.hub, app, { channelId: asked.owner_id, externalNo: asked.mer_order_id }),
    activityId: asked.activity_id,
    templateId: asked.promotion_id,
    quantity: 1,
    memberId: asked.member_id,
    openid: asked.channel_openid,
    fingerprint: fingerprintOf(asked),
    issueUrl: asked.postNotify,
    redeemUrl: asked.writeOffNotify,
    expireUrl: asked.writeOffNotify,
    useTimesMax: 1,
    nonce,
  })
  return issued(tools, asked, outcome)
}

function requireAddress({ addresses }: FaceTools, field: string, url: string): void {
  const reason = checkCallbackUrl(url, addresses)
  if (reason !== undefined) refuse('bad_request', `${field}: ${reason}`, { field })
}

// Of the app's own channels alone: what another one's members are called is nobody's business.
function requireMemberPrefix({ core }: FaceTools, app: App, { owner_id, member_id }: Fields): void {
  const channel = app.channelIds.has(owner_id) ? core.setup.current().channels.get(owner_id) : undefined
  const prefix = channel?.settings.memberPrefix ?? ''
  if (member_id.startsWith(prefix)) return
  refuse('bad_request', `member_id: must begin with ${prefix}`, { field: 'member_id' })
}

/** The business fields that make two requests under one number the same. */
function fingerprintOf(asked: Fields): Buffer {
  const { member_id, activity_id, owner_id, promotion_id, channel_openid, writeOffNotify, postNotify } = asked
  const content = [member_id, activity_id, owner_id, promotion_id, channel_openid, writeOffNotify, postNotify ?? null]
  return hash('sha256', JSON.stringify(content), 'buffer').subarray(0, 16)
}

/** How an order stands. One that its supplier refused is an order all the same: it has its number, and FAIL. */
function issued(
  { core: { hub, setup } }: FaceTools,
  asked: Fields,
  { order, coupons, template }: IssueOutcome,
): Answer {
  const data = {
    activity_id: asked.activity_id,
    owner_id: asked.owner_id,
    promotion_id: asked.promotion_id,
    third_coupon_id: coupons[0]?.code ?? '',
    mer_order_id: asked.mer_order_id,
    trade_no: order.no,
    batch_code: batchNoOf(hub, setup.current(), template),
    channel_openid: asked.channel_openid,
    trade_status: tradeStatusOf[order.state],
  }
  const { code } = wordsOf[failureCodeOf(order)]
  return { words: order.state === 'failed' ? { code, msg: failMsgOf(order) } : successWords, data }
}

/** How an order stands, in the words of §2 and §5. */
export const tradeStatusOf = { pending: 'PROCESS', succeeded: 'SUCCESS', failed: 'FAIL' } as const

/** A refusal fills every name of the table, and `openId` of the document's sample, with empty strings. */
export const refusedIssue: Record<string, string> = {
  activity_id: '',
  owner_id: '',
  promotion_id: '',
  third_coupon_id: '',
  mer_order_id: '',
  trade_no: '',
  batch_code: '',
  channel_openid: '',
  openId: '',
  trade_status: '',
}
