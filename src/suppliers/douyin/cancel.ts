import { refused } from '../answers.ts'
import { readMemo } from '../memo.ts'
import type { RedeemAsk, ReverseAnswer } from '../supplier.ts'
import { ask } from './ask.ts'
import type { Line } from './ask.ts'
import { useOf } from './use.ts'
import { readNo } from './words.ts'

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
