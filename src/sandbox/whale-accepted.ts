import type { WhaleAnswer } from '../../simulators/whale-client.ts'
import { requireTrue } from './play.ts'

/** The body of an answer that says yes, signed. */
export function accepted({ body, isSignatureValid, text }: WhaleAnswer): Record<string, unknown> {
  requireTrue(body?.['returnCode'] === '00' && isSignatureValid, text)
  return body
}
