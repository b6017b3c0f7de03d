import { joinSorted } from './sign-string.ts'

/**
 * The text that Whale's SHA256withRSA is made over: all fields of the envelope but `sign`, null and absent ones left out,
 * empty strings kept, sorted by ASCII, `k=v` joined by `&`. `biz_content` takes part as it is written, in Base64.
 *
 * Numbers are the caller's to hand over as they were written (`"timestamp": 1483372334` is signed as `1483372334`).
 */
export function whaleText(fields: Readonly<Record<string, string | null | undefined>>): string {
  const signed: Array<readonly [string, string]> = []
  for (const [name, value] of Object.entries(fields)) {
    if (name !== 'sign' && value !== null && value !== undefined) signed.push([name, value])
  }
  return joinSorted(signed)
}

/** `biz_content`: the Base64 of the UTF-8 of the business JSON. */
export function encodeBizContent(json: string): string {
  return Buffer.from(json).toString('base64')
}

/**
 * The bytes of a `biz_content`, or undefined where it is not standard Base64 with its padding. As with signatures, only
 * the one spelling counts: no line breaks, no URL letters, no bits left over. Whether the bytes are JSON is not looked at.
 */
export function decodeBizContent(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
