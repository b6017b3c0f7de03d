import { isJsonObject } from '../../wire/json.ts'
import type { JsonObject } from '../../wire/json.ts'
import { formatLakalaAuthorization, lakalaRequestText } from '../../wire/lakala-signature.ts'
import { makeNonce } from '../../wire/nonce.ts'
import { isRsaSha256, parsePrivateKey, parsePublicKey, signRsaSha256 } from '../../wire/rsa.ts'
import { formatShanghaiCompact } from '../../time/shanghai.ts'
import { askForObject, inJson, unknown } from '../answers.ts'
import type { Told } from '../answers.ts'
import type { SupplierSend, Unknown } from '../supplier.ts'
import type { LakalaSettings } from './settings.ts'

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
export function dataOf({ resp_data: enveloped, data: bare }: JsonObject): JsonObject {
  if (isJsonObject(enveloped)) return enveloped
  return isJsonObject(bare) ? bare : {}
}
