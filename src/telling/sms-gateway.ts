import { parseJsonObject } from '../wire/json.ts'

/** One short message. The same `requestId` again is the same message: the gateway sends it once. */
export type ShortMessage = { requestId: string; mobile: string; text: string }

/** How short messages leave the hub: what is posted for one, and whether the answer says that it was taken. */
export type SmsGateway = {
  request: (message: ShortMessage) => { url: string; headers: Record<string, string>; body: string }
  isAccepted: (answer: { status: number; body: string }) => boolean
}

/** The gateway of `QUANHUB_SMS_URL`: JSON over HTTP, as docs/configuration.md has it. */
export function createHttpSmsGateway({ url, key }: { url: string; key: string }): SmsGateway {
  return {
    request: ({ requestId, mobile, text }) => ({
      url,
      headers: { 'content-type': 'application/json; charset=utf-8', authorization: `Bearer ${key}` },
      body: JSON.stringify({ requestId, mobile, text }),
    }),
    isAccepted: ({ status, body }) => status === 200 && codeOf(body) === '00',
  }
}

function codeOf(body: string): unknown {
  try {
    return parseJsonObject(Buffer.from(body.trim()))['code']
  } catch {
    return undefined
  }
}
