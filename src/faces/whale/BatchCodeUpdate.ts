import { z } from 'zod'
import { changeCodes, tellChangedCodes, type ChangedCode } from '../../core/change-codes.ts'
import { sealChangedCodes } from '../../core/changed-codes.ts'
import { refuse } from '../../core/errors.ts'
import { laneOf } from '../../core/lanes.ts'
import type { ChannelCaller } from '../../core/redeemable.ts'
import { parseShanghaiCompact } from '../../wire/time.ts'
import { readFields } from '../fields.ts'
import type { FaceTools } from '../face.ts'
import type { Action, Caller } from './action.ts'
import { channelField, channelOf } from './channel-caller.ts'
import { couponStatus } from './coupon-status.ts'
import { success } from './inserted.ts'
import { optTags, isOptTag, type OptTag } from './opt-tags.ts'
import { flag, id, name, optional, required, url } from './whale-fields.ts'
import { wordsFor } from './words.ts'

const mostCodes = 20

const schemaOf = ({ addresses }: FaceTools) =>
  z.object({
    ...channelField,
    requestId: optional(id(32)),
    optTag: required(id(16)),
    codeArray: optional(
      z
        .array(z.union([required(id(64)), z.object({ code: required(id(64)) })]), 'must be a list')
        .max(mostCodes, `has more than ${mostCodes} codes`),
    ),
    saleChannelOrderId: optional(id(64)),
    codeValidEnd: optional(id(14)),
    callBackUrl: optional(url(addresses)),
    supportPartial: optional(flag),
    remark: optional(name(500)),
  })
type Asked = z.output<ReturnType<typeof schemaOf>>

/** 批量作废 and the other changes of codes: each code for itself, told at once and again at `callBackUrl`. */
export const BatchCodeUpdate: Action = {
  name: 'BatchCodeUpdate',
  aliases: ['batchCodeUpdate', 'batchUpdateCodeStatus'],
  side: 'channel',
  act: async (tools, caller, fields) => {
    const { core } = tools
    const asked = readFields(schemaOf(tools), fields)
    const optTag = readOptTag(asked.optTag)
    const { act } = optTags[optTag]
    const by = channelOf(caller, asked)
    const until = act === 'delay' ? endOf(asked) : undefined
    const codes = await codesOf(tools, caller, by, asked)
    if (asked.supportPartial === false && codes.length > 1) {
      refuse('bad_request', 'supportPartial: each code is changed for itself, N is not offered', {
        field: 'supportPartial',
      })
    }
    const { deadline } = caller
    const changed = await changeCodes(core, { by, act, codes, until, reason: asked.remark, deadline })
    const data = dataOf(changed, caller.at)
    const first = changed.find(({ coupon }) => coupon !== undefined)?.coupon
    if (asked.callBackUrl !== undefined && first !== undefined) {
      const { requestId } = asked
      const told = { optTag, ...(requestId === undefined ? {} : { requestId }), ...data }
      await tellChangedCodes(core, by, first, asked.callBackUrl, sealChangedCodes(core.hub.keyring, told))
    }
    return { ...success, returnDesc: success.returnMsg, data }
  },
}

// The words of the later edition of the wire (updateType) are taken too.
const words: Record<string, OptTag> = { invalid: 'B1', freeze: 'B2', unfreeze: 'B3', delay: 'B4', activate: 'B5' }

function readOptTag(text: string): OptTag {
  const optTag = words[text] ?? text
  if (isOptTag(optTag)) return optTag
  return refuse('bad_request', `optTag: must be one of ${Object.keys(optTags).join(', ')}`, { field: 'optTag' })
}

/** The first instant at which the codes are over: `yyyyMMddHHmmss`, or a day, which counts whole. */
function endOf({ codeValidEnd }: Asked): Date {
  const field = 'codeValidEnd'
  if (codeValidEnd === undefined) return refuse('bad_request', `${field}: is missing`, { field })
  const isDay = codeValidEnd.length === 8
  const at = parseShanghaiCompact(isDay ? `${codeValidEnd}000000` : codeValidEnd)
  if (at === undefined) return refuse('bad_request', `${field}: must be a time that exists, yyyyMMddHHmmss`, { field })
  return isDay ? new Date(at.getTime() + 24 * 3_600_000) : at
}

/** The codes that are named, or all of an order. */
async function codesOf(
  { core }: FaceTools,
  { no, deadline, nonce }: Caller,
  by: ChannelCaller,
  { codeArray = [], saleChannelOrderId }: Asked,
): Promise<string[]> {
  const field = 'codeArray'
  if (codeArray.length > 0) {
    await core.hear({ no, deadline, nonce })
    const codes = codeArray.map((one) => (typeof one === 'string' ? one : one.code))
    if (new Set(codes).size < codes.length) refuse('bad_request', `${field}: has a code twice`, { field })
    return codes
  }
  if (saleChannelOrderId === undefined) return refuse('bad_request', `${field}: is missing`, { field })
  const lane = laneOf(saleChannelOrderId)
  const found = await core.lookUpOrder({ no, deadline, nonce, lane, ...by, externalNo: saleChannelOrderId })
  return core.revealCodes(found.coupons)
}

const dataOf = (changed: ChangedCode[], now: Date) => ({
  totalCodeNum: changed.length,
  successCodeNum: changed.filter(({ refusal }) => refusal === undefined).length,
  codeArray: changed.map(({ code, coupon, refusal }) => ({
    code,
    returnCode: refusal === undefined ? success.returnCode : wordsFor(refusal).code,
    returnMsg: refusal === undefined ? success.returnMsg : wordsFor(refusal).msg,
    ...(coupon === undefined ? { status: null, statusDesc: null } : couponStatus(coupon, now)),
  })),
})
