import { isJsonObject, type JsonObject } from '../../wire/json.ts'
import { parseYuan } from '../../wire/amount.ts'
import { refused, unknown } from '../answers.ts'
import { readMemo, writeMemo, countIn, given, instantIn, nameIn, objectIn, textIn } from '../read.ts'
import type { CodeAnswer, CodeDetails, RedeemAsk, Refused, ReverseAnswer, SupplierSend, Unknown } from '../supplier.ts'
import { ask, type Yes } from './ask.ts'
import type { MeituanSettings } from './settings.ts'

type Settings = MeituanSettings

/** 验券准备. */
export async function prepare(
  settings: Settings,
  { code }: RedeemAsk,
  send: SupplierSend,
  now: Date,
): Promise<CodeAnswer> {
  const answer = await ask(settings, 'prepare', { receiptCode: code }, send, now)
  if (answer.kind !== 'yes') return answer
  const deal = objectIn(answer.data)
  return { kind: 'accepted', ...detailsOf(deal), ...memoOf(textIn(deal['dealId'])) }
}

/** 执行验券: `requestId` is our number, by which a repeat is known. */
export async function redeem(settings: Settings, asked: RedeemAsk, send: SupplierSend, now: Date): Promise<CodeAnswer> {
  const biz = { receiptCode: asked.code, count: 1, requestId: asked.no, ...operatorOf(asked) }
  const answer = await ask(settings, 'consume', biz, send, now)
  if (answer.kind === 'yes') return accepted(answer, asked)
  if (answer.kind === 'refused' && answer.reason === 'coupon_redeemed') return learn(settings, asked, send, now, answer)
  return answer
}

/** A code that is used was used by this very request perhaps, whose answer was lost. */
async function learn(
  settings: Settings,
  asked: RedeemAsk,
  send: SupplierSend,
  now: Date,
  refusal: Refused,
): Promise<CodeAnswer> {
  const answer = await ask(settings, 'getconsumed', { receiptCode: asked.code }, send, now)
  if (answer.kind === 'unknown') return answer
  if (answer.kind === 'refused') return unknown('The code is used, and no use of it is known.')
  return textIn(recordIn(answer)['requestId']) === asked.no ? accepted(answer, asked) : refusal
}

function accepted(answer: Yes, { memo }: RedeemAsk): CodeAnswer {
  const record = recordIn(answer)
  const dealId = textIn(record['dealId']) ?? readMemo(memo, ['dealId'])?.dealId
  return { kind: 'accepted', ...detailsOf(record), ...memoOf(dealId) }
}

/** 撤销验券. One that is refused may have been done before: then the code is not used any more. */
export async function reverse(
  settings: Settings,
  asked: RedeemAsk,
  send: SupplierSend,
  now: Date,
): Promise<ReverseAnswer> {
  const memo = readMemo(asked.memo, ['dealId'])
  if (memo === undefined) return refused('dealId', 'Meituan named no deal when the code was redeemed.')
  const biz = { receiptCode: asked.code, ...memo, ...operatorOf(asked) }
  const answer = await ask(settings, 'reverseconsume', biz, send, now)
  if (answer.kind === 'yes') return { kind: 'accepted' }
  return answer.kind === 'unknown' ? answer : learnReversed(settings, asked, send, now, answer)
}

async function learnReversed(
  settings: Settings,
  { no, code }: RedeemAsk,
  send: SupplierSend,
  now: Date,
  refusal: Refused,
): Promise<Refused | Unknown | { kind: 'accepted' }> {
  const answer = await ask(settings, 'getconsumed', { receiptCode: code }, send, now)
  if (answer.kind === 'unknown') return answer
  if (answer.kind === 'refused') return answer.reason === 'coupon_not_found' ? { kind: 'accepted' } : answer
  // Somebody else has used it since: ours was taken back.
  const by = textIn(recordIn(answer)['requestId'])
  if (by !== undefined && by !== no) return { kind: 'accepted' }
  return { ...refusal, reason: 'redemption_not_reversible' }
}

/** Who redeems, for Meituan's records. */
const operatorOf = ({ merchantNo, shopNo }: RedeemAsk) => ({ appShopAccount: merchantNo, appShopAccountName: shopNo })

/** One record, which comes alone or as the only one of a list. */
function recordIn({ data }: Yes): JsonObject {
  const [record] = Array.isArray(data) ? data : [data]
  return isJsonObject(record) ? record : {}
}

const memoOf = (dealId: string | undefined): { memo?: string } =>
  dealId === undefined ? {} : { memo: writeMemo({ dealId }) }

// Prices are yuan with decimals.
const detailsOf = (deal: JsonObject): CodeDetails =>
  given({
    name: nameIn(deal['dealTitle']),
    faceValueFen: parseYuan(textIn(deal['dealMarketPrice']) ?? ''),
    validUntil: instantIn(deal['receiptEndDate'], 1),
    usesLeft: countIn(deal['count']),
  })
