import { makeNonce } from '../../wire/nonce.ts'
import { askForObject, inJson, unknown } from '../answers.ts'
import type { Told } from '../answers.ts'
import { given } from '../read.ts'
import type { RedeemAsk, SupplierSend, Unknown } from '../supplier.ts'
import type { HttpRedeemSettings } from './settings.ts'
import { isSignature, signatureOf } from './signature.ts'

export type Operation = 'prepare' | 'redeem' | 'reverse'

/** Asks, signed; the answer is one only where it is signed over the nonce of this very question. */
export async function ask(
  { baseURL, keyId, key }: HttpRedeemSettings,
  operation: Operation,
  asked: RedeemAsk,
  send: SupplierSend,
  now: Date,
): Promise<Told | Unknown> {
  const body = JSON.stringify(messageOf(asked))
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const nonce = makeNonce(32)
  const signature = signatureOf(key, { what: operation, timestamp, nonce, body })
  const proof = {
    'quanhub-key-id': keyId,
    'quanhub-timestamp': timestamp,
    'quanhub-nonce': nonce,
    'quanhub-signature': signature,
  }
  const told = await askForObject(send, { url: `${baseURL}/${operation}`, headers: { ...inJson, ...proof }, body })
  if (told.kind === 'unknown' || isAnswered(told, key, operation, nonce)) return told
  return unknown('The signature of the answer does not hold, or it is no answer to this request.')
}

const messageOf = (ask: RedeemAsk) =>
  given({
    requestNo: ask.no,
    code: ask.code,
    acceptorId: ask.acceptorId,
    merchantNo: ask.merchantNo,
    shopNo: ask.shopNo,
    thirdShopNo: ask.thirdShopNo,
    amountFen: ask.amountFen,
    realAmountFen: ask.realAmountFen,
    at: ask.at.toISOString(),
    memo: ask.memo,
  })

function isAnswered({ headers, body }: Told, key: string, operation: Operation, nonce: string): boolean {
  const timestamp = headers['quanhub-timestamp'] ?? ''
  const signed = { what: `${operation} answer`, timestamp, nonce, body }
  return headers['quanhub-nonce'] === nonce && isSignature(headers['quanhub-signature'] ?? '', key, signed)
}
