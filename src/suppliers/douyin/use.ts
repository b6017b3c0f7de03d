import { unknown, wordsOf } from '../answers.ts'
import { instantIn, objectIn, textIn } from '../read.ts'
import type { Unknown } from '../supplier.ts'
import { ask } from './ask.ts'
import type { Line } from './ask.ts'

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
