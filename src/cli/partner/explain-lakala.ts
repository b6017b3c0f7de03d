import { constants, createHash, verify, type KeyObject } from 'node:crypto'
import { lakalaRequestText } from '../../wire/lakala-signature.ts'
import { wrongBodies } from './body.ts'
import type { LakalaParts } from './compare-lakala.ts'
import { mistakes } from './mistakes.ts'

/**
 * Why a signature does not hold, found by trying the classic mistakes until one makes it hold. Undefined where none
 * does: then it is another key, or another text. An empty text means that it holds.
 */
export function explainLakalaSignature(
  parts: LakalaParts,
  signature: string,
  publicKey: KeyObject,
): string | undefined {
  const { mistake: spelling, bytes } = readSignature(signature)
  const holds = verify('sha256', Buffer.from(lakalaRequestText(parts)), publicKey, bytes)
  if (holds && bytes.toString('base64') === signature) return ''
  const wrong = wrongTexts(parts).find(({ text }) => verify('sha256', toBytes(text), publicKey, bytes))
  const algorithm = wrongAlgorithm(lakalaRequestText(parts), bytes, publicKey)
  const found = [spelling, wrong?.mistake, algorithm].filter((one) => one !== undefined && one !== '')
  return found.length === 0 ? undefined : found.join(' ')
}

/** The bytes of a signature in whatever spelling, and what is wrong with that. */
function readSignature(signature: string): { mistake: string; bytes: Buffer } {
  if (/^(?:[0-9a-fA-F]{2}){128,512}$/.test(signature)) {
    return { mistake: mistakes.hexadecimal, bytes: Buffer.from(signature, 'hex') }
  }
  const bytes = Buffer.from(signature, 'base64')
  return { mistake: /[-_]/.test(signature) ? mistakes.urlBase64 : '', bytes }
}

function wrongTexts(parts: LakalaParts): { mistake: string; text: string | Uint8Array }[] {
  const { appid, serialNo, timestamp, nonce, body } = parts
  const text = lakalaRequestText(parts)
  return [
    // In its right form, for a signature that is wrong in its spelling alone.
    { mistake: '', text },
    { mistake: mistakes.noLastLineFeed, text: text.slice(0, -1) },
    { mistake: mistakes.extraLineFeed, text: `${text}\n` },
    { mistake: mistakes.windowsLineEnds, text: [appid, serialNo, timestamp, nonce, body, ''].join('\r\n') },
    { mistake: mistakes.writtenLineFeeds, text: [appid, serialNo, timestamp, nonce, body, ''].join('\\n') },
    { mistake: mistakes.callbackString, text: [timestamp, nonce, body, ''].join('\n') },
    { mistake: mistakes.swappedLines, text: [serialNo, appid, timestamp, nonce, body, ''].join('\n') },
    { mistake: mistakes.swappedLines, text: [appid, serialNo, nonce, timestamp, body, ''].join('\n') },
    { mistake: mistakes.noBody, text: [appid, serialNo, timestamp, nonce, '', ''].join('\n') },
    { mistake: mistakes.noBody, text: [appid, serialNo, timestamp, nonce, ''].join('\n') },
    { mistake: mistakes.bodyHash, text: lakalaRequestText({ ...parts, body: sha256(body) }) },
    { mistake: mistakes.digestSigned, text: sha256(text) },
    ...millisecondTexts(parts),
    ...wrongBodies(body).flatMap((wrong) => {
      const wrongText = lakalaRequestText({ ...parts, body: wrong.body })
      const both = `${wrong.mistake} ${mistakes.noLastLineFeed}`
      return [
        { mistake: wrong.mistake, text: wrongText },
        { mistake: both, text: wrongText.slice(0, -1) },
      ]
    }),
  ]
}

// A client that signs milliseconds and sends seconds: which thousandth it was is not known.
function millisecondTexts(parts: LakalaParts): { mistake: string; text: string }[] {
  if (parts.timestamp.length !== 10) return []
  const thousandths = Array.from({ length: 1000 }, (_, index) => String(index).padStart(3, '0'))
  return thousandths.map((rest) => ({
    mistake: mistakes.milliseconds,
    text: lakalaRequestText({ ...parts, timestamp: `${parts.timestamp}${rest}` }),
  }))
}

function wrongAlgorithm(text: string, bytes: Buffer, key: KeyObject): string | undefined {
  if (verify('sha1', Buffer.from(text), key, bytes)) return mistakes.sha1
  const padded = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
  if (verify('sha256', Buffer.from(text), padded, bytes)) return mistakes.pss
  return undefined
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const toBytes = (text: string | Uint8Array): Uint8Array => (typeof text === 'string' ? Buffer.from(text) : text)
