import { mistakes } from './mistakes.ts'

/** The bytes of a signature in whatever spelling, and what is wrong with that; an empty text where nothing is. */
export function readSignature(signature: string): { mistake: string; bytes: Buffer } {
  if (/^(?:[0-9a-fA-F]{2}){128,512}$/.test(signature)) {
    return { mistake: mistakes.hexadecimal, bytes: Buffer.from(signature, 'hex') }
  }
  const bytes = Buffer.from(signature.replaceAll(' ', '+'), 'base64')
  return { mistake: spellingMistake(signature, bytes), bytes }
}

function spellingMistake(signature: string, bytes: Buffer): string {
  if (/[-_]/.test(signature)) return mistakes.urlBase64
  if (/[\r\n]/.test(signature)) return mistakes.signatureInLines
  if (signature.includes(' ')) return mistakes.plusLost
  return bytes.toString('base64') === signature ? '' : mistakes.noBase64
}
