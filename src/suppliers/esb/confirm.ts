import { formatShanghaiCompact } from '../../time/shanghai.ts'
import { askInJson } from '../answers.ts'
import type { ConfirmAnswer, ConfirmAsk, SupplierSend } from '../supplier.ts'
import { twelveDigits } from './make.ts'
import { ourNumbers } from './settings.ts'
import type { EsbSettings } from './settings.ts'
import { readVerdict } from './verdict.ts'

/** The document names `verifyURL` and says no more: the message is ours, in the words that Whale has for a redemption. */
export async function confirm(settings: EsbSettings, ask: ConfirmAsk, send: SupplierSend): Promise<ConfirmAnswer> {
  if (settings.verifyURL === undefined) return { kind: 'accepted' }
  const answer = await askInJson(send, settings.verifyURL, {
    sendChannelId: ask.supplierId,
    ...ourNumbers(settings),
    requestId: ask.no,
    code: ask.code,
    storeInfo: { mid: ask.merchantNo, shopNo: ask.shopNo, tid: ask.tid },
    faceValue: twelveDigits(ask.faceValueFen),
    transDate: formatShanghaiCompact(ask.at),
  })
  if (answer.kind === 'unknown') return answer
  const verdict = readVerdict(answer.object.returnCode, answer.object.returnMsg, ask.code)
  return verdict.kind === 'yes' ? { kind: 'accepted' } : verdict
}
