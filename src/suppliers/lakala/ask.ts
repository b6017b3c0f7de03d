import { isJsonObject, type JsonObject } from '../../wire/json.ts'
import { formatLakalaAuthorization, lakalaRequestText } from '../../wire/lakala-signature.ts'
import { makeNonce } from '../../wire/sign-string.ts'
import { isRsaSha256, parsePrivateKey, parsePublicKey, signRsaSha256 } from '../../wire/rsa.ts'
import { formatShanghaiCompact } from '../../time/shanghai.ts'
import { askForObject, inJson, unknown, type Told, refused, refusedFor, wordsOf } from '../answers.ts'
import type { SupplierSend, Unknown, RefusalReason, Refused } from '../supplier.ts'
import type { LakalaSettings } from './settings.ts'
import { textIn } from '../read.ts'

/** Asks, signed by five lines; an answer that is not signed so by the platform is none. */
export async function ask(
  settings: LakalaSettings,
  url: string,
  fields: Record<string, string | undefined>,
  send: SupplierSend,
  now: Date,
): Promise<{ kind: 'told'; object: JsonObject } | Unknown> {
  const body = JSON.stringify(settings.envelope === 'v3' ? inEnvelope(fields, now) : fields)
  const authorization = await authorize(settings, body, now)
  const told = await askForObject(send, { url, headers: { ...inJson, authorization }, body })
  if (told.kind === 'unknown' || isSigned(settings, told)) return told
  return unknown('The signature of the answer does not hold.')
}

const inEnvelope = (fields: object, now: Date) => ({
  req_time: formatShanghaiCompact(now),
  version: '3.0',
  req_data: fields,
})

async function authorize({ appid, serialNo, privateKey }: LakalaSettings, body: string, now: Date): Promise<string> {
  const proof = { appid, serialNo, timestamp: String(Math.floor(now.getTime() / 1000)), nonce: makeNonce() }
  const signature = await signRsaSha256(lakalaRequestText({ ...proof, body }), parsePrivateKey(privateKey))
  return formatLakalaAuthorization({ ...proof, signature })
}

function isSigned({ appid, platformPublicKey }: LakalaSettings, { headers, body }: Told): boolean {
  const header = (name: string): string => headers[`lklapi-${name}`] ?? ''
  const [serialNo, timestamp, nonce] = [header('serial'), header('timestamp'), header('nonce')]
  const text = lakalaRequestText({ appid, serialNo, timestamp, nonce, body })
  return header('appid') === appid && isRsaSha256(text, header('signature'), parsePublicKey(platformPublicKey))
}

/** The data of an answer, in either shape. */
function dataOf({ resp_data: enveloped, data: bare }: JsonObject): JsonObject {
  if (isJsonObject(enveloped)) return enveloped
  return isJsonObject(bare) ? bare : {}
}

const reasons: ReadonlyMap<string, RefusalReason> = new Map<string, RefusalReason>([
  ['300001', 'limit_exceeded'],
  ['300002', 'stock_exhausted'],
])

/** That the request itself is wrong it will always be; 2xxxxx and 3xxxxx are about what was asked for. */
const isClearNo = (code: string): boolean => /^(?:100001|[23][0-9]{5})$/.test(code)

/**
 * Reads the two levels of an answer, which must agree. The other refusals of the request as such (1xxxxx: a signature, a
 * rate) come before its number is looked at, and so say nothing of an earlier one under it; 000095, 9xxxxx and all that
 * is in no table decide nothing.
 */
export function readVerdict(
  answer: JsonObject,
  hidden?: string,
): { kind: 'yes'; data: JsonObject } | Refused | Unknown {
  const data = dataOf(answer)
  const code = textIn(answer['code'])
  const inner = textIn(data['resCode']) ?? code
  if (code === undefined || code !== inner) return unknown('The answer had no code, or two that do not agree.')
  if (code === '000000') return { kind: 'yes', data }
  const words = wordsOf(answer['msg'], hidden)
  if (!isClearNo(code)) return unknown(`The answer was ${wordsOf(code, hidden)}: ${words}`)
  return refusedFor(reasons.get(code), refused(code, words))
}
