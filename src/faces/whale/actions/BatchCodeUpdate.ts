import { z } from 'zod'
import { isSameCode } from '../../../core/codes/typed-code.ts'
import type { ChangedCode } from '../../../core/change/change-codes.ts'
import { sealChangedCodes } from '../../../core/notify/callback.ts'
import { refuse, type HubError } from '../../../core/command/errors.ts'
import { laneOf } from '../../../core/numbers/numbers.ts'
import type { ChannelCaller } from '../../../core/command/callers.ts'
import { parseShanghaiCompact } from '../../../time/shanghai.ts'
import { readFields } from '../../fields.ts'
import type { FaceTools } from '../../face.ts'
import type { Action, Caller } from './action.ts'
import { channelField, channelOf } from '../channel-caller.ts'
import { couponStatus } from '../order-answer.ts'
import { success } from '../inserted.ts'
import { flag, id, name, optional, required, typedCode, url } from '../whale-fields.ts'
import { wordsOf } from '../words.ts'

/**
 * What a channel may do to its codes, by the `optTag` of BatchCodeUpdate. The wire's own is B1; the others are ours.
 * `notice` is the action under which the outcome is told.
 */
const optTags = {
  B1: { act: 'void', notice: 'MakeVoidNotify' },
  B2: { act: 'freeze', notice: 'UpdateCodeStatusNotify' },
  B3: { act: 'unfreeze', notice: 'UpdateCodeStatusNotify' },
  B4: { act: 'delay', notice: 'CodeDelayNotify' },
  B5: { act: 'activate', notice: 'UpdateCodeStatusNotify' },
} as const

type OptTag = keyof typeof optTags

const isOptTag = (text: string): text is OptTag => Object.hasOwn(optTags, text)

/** The action under which it is told what became of codes. */
export const changeNoticeOf = (optTag: string): string =>
  isOptTag(optTag) ? optTags[optTag].notice : 'UpdateCodeStatusNotify'

const mostCodes = 20

const code = required(typedCode(64))

const schemaOf = ({ addresses }: FaceTools) =>
  z.object({
    ...channelField,
    requestId: optional(id(32)),
    optTag: required(id(16)),
    codeArray: optional(
      z
        .array(z.union([code, z.object({ code })], 'must be a code'), 'must be a list')
        .max(mostCodes, `has more than ${mostCodes} codes`),
    ),
    saleChannelOrderId: optional(id(64)),
    codeValidEnd: optional(id(14)),
    callBackUrl: optional(url(addresses)),
    supportPartial: optional(flag),
    remark: optional(name(500)),
  })
type Asked = z.output<ReturnType<typeof schemaOf>>

/**
 * 批量作废 and the other changes of codes: each code for itself, or all or none where `supportPartial` is N. Told at once,
 * and again at `callBackUrl`.
 */
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
    const { no, deadline, nonce, at } = caller
    const until = act === 'delay' ? endOf(asked, at) : undefined
    const codes = await codesOf(tools, caller, by, asked)
    const { callBackUrl: url, requestId, remark: reason } = asked
    const dataOf = (changed: ChangedCode[]) => changedCodes(changed, at)
    const told = { optTag, ...(requestId === undefined ? {} : { requestId }) }
    const seal = (changed: ChangedCode[]) => sealChangedCodes(core.hub.keyring, { ...told, ...dataOf(changed) })
    const tell = url === undefined ? undefined : { url, seal }
    const isWhole = asked.supportPartial === false
    const command = { no, deadline, nonce, by, act, codes, until, reason, isWhole, tell }
    const { changed, refusal } = await core.changeCodes(command)
    const { returnCode, returnMsg } = resultOf(refusal)
    return { returnCode, returnMsg, returnDesc: returnMsg, data: dataOf(changed) }
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
function endOf({ codeValidEnd }: Asked, now: Date): Date {
  const field = 'codeValidEnd'
  if (codeValidEnd === undefined) return refuse('bad_request', `${field}: is missing`, { field })
  const isDay = codeValidEnd.length === 8
  const at = parseShanghaiCompact(isDay ? `${codeValidEnd}000000` : codeValidEnd)
  if (at === undefined) return refuse('bad_request', `${field}: must be a time that exists, yyyyMMddHHmmss`, { field })
  const end = isDay ? new Date(at.getTime() + 24 * 3_600_000) : at
  return end > now ? end : refuse('bad_request', `${field}: must lie in the future`, { field })
}

/** The codes that are named, or all of an order; where both are given, the codes must be of that order. */
async function codesOf(
  tools: FaceTools,
  caller: Caller,
  by: ChannelCaller,
  { codeArray = [], saleChannelOrderId }: Asked,
): Promise<string[]> {
  const field = 'codeArray'
  const ofOrder =
    saleChannelOrderId === undefined ? undefined : await codesOfOrder(tools, caller, by, saleChannelOrderId)
  if (codeArray.length === 0) return ofOrder ?? refuse('bad_request', `${field}: is missing`, { field })
  const codes = codeArray.map((one) => (typeof one === 'string' ? one : one.code))
  const isTwice = codes.some((code, i) => codes.slice(0, i).some((before) => isSameCode(code, before)))
  if (isTwice) refuse('bad_request', `${field}: has a code twice`, { field })
  const isOfOrder = (code: string): boolean => ofOrder === undefined || ofOrder.some((own) => isSameCode(code, own))
  if (!codes.every(isOfOrder))
    refuse('bad_request', `${field}: has a code that is not of saleChannelOrderId`, { field })
  return codes
}

async function codesOfOrder(
  { core }: FaceTools,
  { no, deadline }: Caller,
  by: ChannelCaller,
  externalNo: string,
): Promise<string[]> {
  const found = await core.lookUpOrder({ no, deadline, lane: laneOf(externalNo), ...by, externalNo })
  return core.revealCodes(found.coupons)
}

const changedCodes = (changed: ChangedCode[], now: Date) => ({
  totalCodeNum: changed.length,
  successCodeNum: changed.filter(({ refusal }) => refusal === undefined).length,
  codeArray: changed.map(({ code, coupon, refusal }) => ({
    code,
    ...resultOf(refusal),
    ...(coupon === undefined ? { status: null, statusDesc: null } : couponStatus(coupon, now)),
  })),
})

function resultOf(refusal: HubError | undefined): { returnCode: string; returnMsg: string } {
  if (refusal === undefined) return success
  const { code, msg } = wordsOf[refusal.code]
  return { returnCode: code, returnMsg: msg }
}
