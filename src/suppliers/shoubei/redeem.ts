import type { JsonObject } from '../../wire/json.ts'
import { parseShanghaiCompact } from '../../time/shanghai.ts'
import { unknown } from '../answers.ts'
import { readMemo, writeMemo, countIn, fenIn, given, nameIn, textIn } from '../read.ts'
import type { CodeAnswer, CodeDetails, RedeemAsk, Refused, ReverseAnswer, SupplierSend } from '../supplier.ts'
import { ask } from './ask.ts'
import type { ShoubeiSettings } from './settings.ts'

type Settings = ShoubeiSettings

/** 核销准备. */
export async function prepare(
  settings: Settings,
  asked: RedeemAsk,
  send: SupplierSend,
  now: Date,
): Promise<CodeAnswer> {
  const fields = { coupon_code: asked.code, ...paymentOf(settings, asked) }
  const answer = await ask(settings, 'prepareuse', { asked, fields, now }, send)
  return answer.kind === 'yes' ? { kind: 'accepted', ...detailsOf(answer.fields) } : answer
}

/** 核销, under our number as `wf_trace_no`. */
export async function redeem(settings: Settings, asked: RedeemAsk, send: SupplierSend, now: Date): Promise<CodeAnswer> {
  const fields = { wf_trace_no: asked.no, coupon_code: asked.code, ...paymentOf(settings, asked) }
  const answer = await ask(settings, 'wf', { asked, fields, now }, send)
  if (answer.kind === 'yes') return redeemed(answer.fields, asked)
  if (answer.kind === 'refused' && answer.reason === 'coupon_redeemed') return learn(settings, asked, send, now, answer)
  return answer
}

/** A code that is used was used under this very number perhaps, whose answer was lost (核销记录查询). */
async function learn(
  settings: Settings,
  asked: RedeemAsk,
  send: SupplierSend,
  now: Date,
  refusal: Refused,
): Promise<CodeAnswer> {
  const answer = await ask(settings, 'quary', { asked, fields: { wf_trace_no: asked.no }, now }, send)
  if (answer.kind === 'unknown') return answer
  if (answer.kind === 'refused') return answer.reason === 'redemption_not_found' ? refusal : unknown(noRecord)
  const status = textIn(answer.fields['status'])
  if (status === 'SUCCESS') return redeemed(answer.fields, asked)
  return status === 'CANCELLED' || status === 'FAIL' ? refusal : unknown(`The redemption there is ${status}.`)
}

const noRecord = 'The code is used, and whether under this number is not told.'

function redeemed(fields: JsonObject, { no }: RedeemAsk): CodeAnswer {
  const [orderNo, traceNo] = [textIn(fields['order_no']), textIn(fields['wf_trace_no'])]
  if (traceNo !== undefined && traceNo !== no) return unknown('The answer was about another wf_trace_no.')
  if (orderNo === undefined) return unknown('The answer was yes, and had no order_no.')
  return { kind: 'accepted', memo: writeMemo({ orderNo }), ...detailsOf(fields) }
}

/** 撤销核销, by our number and theirs. Without theirs it may overtake the redemption, which is then refused. */
export async function reverse(
  settings: Settings,
  asked: RedeemAsk,
  send: SupplierSend,
  now: Date,
): Promise<ReverseAnswer> {
  const fields = { wf_trace_no: asked.no, order_no: readMemo(asked.memo, ['orderNo'])?.orderNo }
  const answer = await ask(settings, 'cancel', { asked, fields, now }, send)
  if (answer.kind !== 'yes') return answer
  const status = textIn(answer.fields['status'])
  // Whoever has no status in his table says by SUCCESS alone that it is cancelled.
  if (status === undefined || status === 'CANCELLED') return { kind: 'accepted' }
  return unknown(`The answer was yes, and the redemption there is ${status}.`)
}

const paymentOf = ({ channelType }: Settings, { amountFen, realAmountFen }: RedeemAsk) => ({
  channel_type: channelType,
  amount: amountFen === undefined ? undefined : String(amountFen),
  real_amount: amountFen === undefined || realAmountFen === undefined ? undefined : String(realAmountFen),
})

// The table says `settle_amount`, the sample `settleAmount`.
const detailsOf = (fields: JsonObject): CodeDetails =>
  given({
    name: nameIn(fields['coupon_name']),
    faceValueFen: fenIn(fields['amount']),
    settleAmountFen: fenIn(fields['settle_amount'] ?? fields['settleAmount']),
    validFrom: parseShanghaiCompact(textIn(fields['valid_start']) ?? ''),
    validUntil: parseShanghaiCompact(textIn(fields['valid_end']) ?? ''),
    usesLeft: countIn(fields['remain_times']),
  })
