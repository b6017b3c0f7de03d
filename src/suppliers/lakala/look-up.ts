import type { JsonObject } from '../../wire/json.ts'
import { parseShanghaiDateTime } from '../../time/shanghai.ts'
import { refused, unknown } from '../answers.ts'
import { fenIn, given, textIn } from '../read.ts'
import type { CouponAnswer, CouponAsk, SupplierSend, SupplierUse } from '../supplier.ts'
import { ask, readVerdict } from './ask.ts'
import { queryOf } from './make.ts'
import type { LakalaSettings } from './settings.ts'

/** 数据查询: what became of a coupon. */
export async function lookUp(
  settings: LakalaSettings,
  { no, code }: CouponAsk,
  send: SupplierSend,
  now: Date,
): Promise<CouponAnswer> {
  const told = await ask(settings, settings.queryURL, queryOf(settings, no), send, now)
  if (told.kind === 'unknown') return told
  const verdict = readVerdict(told.object, code)
  return verdict.kind === 'yes' ? readState(verdict.data, code) : verdict
}

function readState(data: JsonObject, code: string): CouponAnswer {
  const issued = textIn(data['trade_status'])
  const state = textIn(data['tradeStatus'])
  if (issued === 'FAIL') return refused('FAIL', data['failMsg'], code)
  if (issued !== 'SUCCESS') return unknown('Whether it was issued is not known yet.')
  if (state === undefined) return { kind: 'unused' }
  if (state === 'EXPIRED') return { kind: 'expired' }
  const use = state === 'USED' ? useOf(data, code) : undefined
  return use === undefined
    ? unknown('The answer had no tradeStatus that is one, or no gmt_used.')
    : { kind: 'used', use }
}

/** A use as query and callback tell it: amounts in fen, the time in Asia/Shanghai. */
export function useOf(fields: JsonObject, code: string): SupplierUse | undefined {
  const usedAt = parseShanghaiDateTime(textIn(fields['gmt_used']) ?? '')
  if (usedAt === undefined) return undefined
  const amounts = { amountFen: fenIn(fields['org_amount']), realAmountFen: fenIn(fields['total_amount']) }
  return { code, usedAt, ...given({ ...amounts, reference: textIn(fields['trade_no']) }) }
}
