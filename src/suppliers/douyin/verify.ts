import type { JsonObject } from '../../wire/json.ts'
import { objectsIn, refused, refusedFor, unknown, wordsOf } from '../answers.ts'
import { readMemo, writeMemo, textIn, instantIn, objectIn } from '../read.ts'
import type { CodeAnswer, RedeemAsk, Refused, Unknown, ReverseAnswer } from '../supplier.ts'
import { ask, type Line } from './ask.ts'
import { poiOf } from './prepare.ts'
import { readNo } from './words.ts'

/** 验券, by the verify_token of its preparation, which makes a repeat the same. */
export async function redeem(line: Line, asked: RedeemAsk): Promise<CodeAnswer> {
  const memo = readMemo(asked.memo, ['verifyToken', 'encryptedCode'])
  const poiId = poiOf(line, asked)
  if (memo === undefined || poiId === undefined) {
    return refused('verify_token', 'There was no preparation of this, or the shop has no number at Douyin.')
  }
  const { verifyToken, encryptedCode } = memo
  const fields = { verify_token: verifyToken, poi_id: poiId, encrypted_codes: [encryptedCode] }
  const said = await ask(line, { method: 'POST', what: 'verify', fields }, asked.code)
  if (said.kind === 'unknown') return said
  // "error_code 非 0 时则表示调用验券接口失败,建议主动发起重试": nothing is said of the coupon.
  if (said.kind === 'failed') return unknown(`The answer was ${said.code}: ${said.words}`)
  return readResult(line, asked, encryptedCode, said.data)
}

/** 1208 and 2 say that it is used: by whom they do not say. */
const usedResults = new Set(['1208', '2'])

async function readResult(line: Line, asked: RedeemAsk, encryptedCode: string, data: JsonObject): Promise<CodeAnswer> {
  const [first] = objectsIn(data['verify_results'])
  const result = textIn(first?.['result'])
  if (first === undefined || result === undefined) return unknown('The answer had no result of a coupon.')
  const words = wordsOf(first['msg'], asked.code)
  if (usedResults.has(result)) {
    const refusal = refusedFor('coupon_redeemed', refused(result, words))
    return whoseUse(line, asked, encryptedCode, refusal)
  }
  if (result !== '0') return readNo(wordsOf(result, asked.code), words)
  const [verifyId, certificateId] = [textIn(first['verify_id']), textIn(first['certificate_id'])]
  if (verifyId === undefined || certificateId === undefined) {
    return unknown('The answer had no verify_id or no certificate_id.')
  }
  return { kind: 'accepted', memo: writeMemo({ verifyId, certificateId, encryptedCode }) }
}

const clocksDifferMilliseconds = 60_000

/** A use of before this was asked is another's. One of since then may be ours or not: nobody can tell. */
async function whoseUse(
  line: Line,
  asked: RedeemAsk,
  encryptedCode: string,
  refusal: Refused,
): Promise<Refused | Unknown> {
  const use = await useOf(line, encryptedCode, asked.code)
  if (use.kind === 'unknown') return use
  if (use.kind === 'none' || use.at === undefined) return unknown('The coupon is used, and no use of it is known.')
  if (use.at.getTime() < asked.at.getTime() - clocksDifferMilliseconds) return refusal
  return unknown(`The coupon was used since this was asked (verify_id ${use.verifyId}), by this request or another.`)
}

/** 撤销核销. A no may be that of a repeat: then the use is not there any more. */
export async function reverse(line: Line, asked: RedeemAsk): Promise<ReverseAnswer> {
  const memo = readMemo(asked.memo, ['verifyId', 'certificateId', 'encryptedCode'])
  if (memo === undefined) return refused('verify_id', 'The redemption that is to be taken back is not known.')
  const { verifyId, certificateId, encryptedCode } = memo
  const fields = { verify_id: verifyId, certificate_id: certificateId }
  const said = await ask(line, { method: 'POST', what: 'cancel', fields }, asked.code)
  if (said.kind === 'unknown') return said
  if (said.kind === 'done') return { kind: 'accepted' }
  const no = readNo(said.code, said.words)
  if (no.kind === 'unknown') return no
  const use = await useOf(line, encryptedCode, asked.code)
  if (use.kind === 'unknown') return use
  if (use.kind === 'none' || use.verifyId !== verifyId) return { kind: 'accepted' }
  return use.isFinal ? { ...no, reason: 'redemption_not_reversible' } : no
}

/** How a coupon is used now; `isFinal` where that can be taken back no more. */
type Use = { kind: 'used'; verifyId: string; at: Date | undefined; isFinal: boolean } | { kind: 'none' }

/** 券状态查询. */
export async function useOf(line: Line, encryptedCode: string, hidden: string): Promise<Use | Unknown> {
  const query: Record<string, string> = { encrypted_code: encryptedCode }
  const { accountId } = line.settings
  if (accountId !== undefined) query['account_id'] = accountId
  const said = await ask(line, { method: 'GET', what: 'get', query }, hidden)
  if (said.kind === 'unknown') return said
  if (said.kind === 'failed') return unknown(`How the coupon is used is not told: ${said.code} ${said.words}`)
  const certificate = objectIn(said.data['certificate'])
  if (Object.keys(certificate).length === 0) return unknown('The answer had no certificate.')
  const verify = objectIn(certificate['verify'])
  const verifyId = textIn(verify['verify_id'])
  if (verifyId === undefined || verifyId === '0') return { kind: 'none' }
  return {
    kind: 'used',
    verifyId: wordsOf(verifyId, hidden),
    at: instantIn(verify['verify_time'], 1000),
    isFinal: verify['can_cancel'] === false,
  }
}
