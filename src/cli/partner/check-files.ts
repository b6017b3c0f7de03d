import { isUtf8 } from 'node:buffer'
import { createPublicKey } from 'node:crypto'
import { isJsonObject, parseJsonObject, type JsonObject, JsonError } from '../../wire/json.ts'
import { nestedFieldOf } from '../../wire/shoubei-signature.ts'
import { whaleText } from '../../wire/whale-signature.ts'
import {
  compareExchangeText,
  expectedParts,
  explainExchangeSign,
  exchangeText,
  type ExchangeParts,
} from './exchange.ts'
import { bad, findingsOf, good, type Finding } from './finding.ts'
import { parseHttpText, type HttpText } from './http.ts'
import type { LakalaIdentity, ShoubeiIdentity, ExchangeIdentity, WhaleIdentity } from './identity.ts'
import { compareLakalaText, expectedOf, type LakalaParts, explainLakalaSignature, readLakalaHeader } from './lakala.ts'
import { mistakes } from './mistakes.ts'
import { compareShoubeiText, fieldsOf, explainShoubeiSign } from './shoubei.ts'
import { compareWhaleText, explainWhaleSignature } from './whale.ts'
import { contentMistake, bizJsonOf, envelopeFields, expectedFields, type WhaleFields } from './whale-envelope.ts'

/** What a partner's own client made: its string to sign, its request, or both. */
export type ClientFiles = { text: Uint8Array | undefined; request: Uint8Array | undefined }

const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
const charsetFindings = (bytes: Uint8Array): Finding[] => (isUtf8(bytes) ? [] : [bad(mistakes.otherCharset)])
const noRequest = [bad('The request has no body: it is headers, an empty line, and the body.')]

/** Checks what a bank's client made for Lakala's wire, without asking a hub. */
export function checkLakalaFiles({ text, request }: ClientFiles, identity: LakalaIdentity, now: Date): Finding[] {
  if (request === undefined) {
    const given = decode(text!)
    return findingsOf(compareLakalaText(expectedOf(given, identity, now), given))
  }
  const http = parseHttpText(request)
  if (http === undefined) return noRequest
  const { authorization, problems } = readLakalaHeader(http.headers.get('authorization'))
  const findings = [...problems.map(bad), ...charsetFindings(http.body)]
  if (authorization === undefined) return findings
  const parts = { ...authorization, body: decode(http.body) }
  const compared = text === undefined ? [] : findingsOf(compareLakalaText(parts, decode(text)))
  return [...findings, ...identityFindings(parts, identity), ...compared, ...signatureFindings(parts, identity)]
}

function identityFindings({ appid, serialNo }: LakalaParts, identity: LakalaIdentity): Finding[] {
  const other = (name: string, given: string, expected: string): Finding[] =>
    given === expected ? [] : [bad(`The request names the ${name} ${given}, the file given by --as has ${expected}.`)]
  return [...other('appid', appid, identity.appid), ...other('serial_no', serialNo, identity.serialNo)]
}

function signatureFindings(parts: LakalaParts & { signature: string }, { privateKeyPem }: LakalaIdentity): Finding[] {
  const mistake = explainLakalaSignature(parts, parts.signature, createPublicKey(privateKeyPem))
  if (mistake === '') return [good('The signature holds.')]
  if (mistake !== undefined) return [bad('The signature does not hold.'), bad(mistake)]
  return [
    bad('The signature does not hold, and none of the classic mistakes explains it.'),
    bad(
      'It is made with another key than the private key of --as, or over another text: give that with --string FILE.',
    ),
  ]
}

/** Checks what a till's client made for Shoubei's wire, without asking a hub. */
export function checkShoubeiFiles({ text, request }: ClientFiles, { key, instNo }: ShoubeiIdentity): Finding[] {
  if (request === undefined) {
    const given = decode(text!)
    return [...charsetFindings(text!), ...findingsOf(compareShoubeiText(fieldsOf(given), key, given))]
  }
  const http = parseHttpText(request)
  if (http === undefined) return noRequest
  const fields = readFields(http.body)
  if (typeof fields === 'string') return [bad(fields)]
  const { inst_no: named } = fields
  const who = named === instNo ? [] : [bad(`inst_no must be ${instNo}, as in the file given by --as.`)]
  const compared = text === undefined ? [] : findingsOf(compareShoubeiText(fields, key, decode(text)))
  return [...who, ...compared, ...signFindings(fields, key)]
}

function signFindings(fields: JsonObject, key: string): Finding[] {
  const { sign } = fields
  if (typeof sign !== 'string' || sign === '') return [bad('The body has no sign.')]
  const mistake = explainShoubeiSign(fields, key, sign)
  if (mistake === '') return [good('The sign is right.')]
  if (mistake !== undefined) return [bad('The sign is wrong.'), bad(mistake)]
  return [
    bad('The sign is wrong, and none of the classic mistakes explains it.'),
    bad('It is made with another key than the one of --as, or over another text: give that with --string FILE.'),
  ]
}

/** The fields of a body, or what is wrong with it. */
function readFields(body: Uint8Array): JsonObject | string {
  const fields = readObject(body)
  const nested = typeof fields === 'string' ? undefined : nestedFieldOf(fields)
  return nested === undefined
    ? fields
    : `${nested} must be a string: objects and arrays have no place in the string to sign.`
}

function readObject(body: Uint8Array): JsonObject | string {
  try {
    return parseJsonObject(body)
  } catch (error) {
    if (error instanceof JsonError) return `The body is no JSON object: ${error.message}.`
    throw error
  }
}

/** Checks what a client made for Whale's wire, without asking a hub. The request may be its body alone. */
export function checkWhaleFiles({ text, request }: ClientFiles, identity: WhaleIdentity, now: Date): Finding[] {
  if (request === undefined) {
    const given = decode(text!)
    const compared = findingsOf(compareWhaleText(expectedFields(given, identity, now), given))
    return [...charsetFindings(text!), ...compared]
  }
  const envelope = readEnvelope(request)
  if (typeof envelope === 'string') return [bad(envelope)]
  const fields = envelopeFields(envelope)
  const compared = text === undefined ? [] : findingsOf(compareWhaleText(fields, decode(text)))
  return [...envelopeFindings(envelope, identity), ...compared, ...envelopeSignFindings(fields, identity)]
}

/** The action of a request, where one can be read. */
export function actionOf(request: Uint8Array): string | undefined {
  const envelope = readEnvelope(request)
  const action = typeof envelope === 'string' ? undefined : envelope['action']
  return typeof action === 'string' ? action : undefined
}

/** The envelope in a request, or what is wrong with it. */
function readEnvelope(request: Uint8Array): JsonObject | string {
  const isBodyAlone = /^\s*\{/.test(decode(request))
  const body = isBodyAlone ? request : parseHttpText(request)?.body
  if (body === undefined) return 'The request has no body: it is the JSON, or headers, an empty line, and the JSON.'
  return readObject(body)
}

const names = ['action', 'app_id', 'biz_content', 'timestamp', 'version', 'sign'] as const

function envelopeFindings(envelope: JsonObject, { appId }: WhaleIdentity): Finding[] {
  const fields = envelopeFields(envelope)
  const { app_id: named, timestamp, biz_content: content } = fields
  const problems = [
    ...names.flatMap((name) => presenceProblem(envelope, name)),
    ...(named && named !== appId ? [`The request names the app_id ${named}, the key is said to be ${appId}'s.`] : []),
    ...(timestamp ? timeProblem(timestamp) : []),
    ...(content ? [contentMistake(content)].filter((mistake) => mistake !== undefined) : []),
  ]
  if (problems.length > 0) return problems.map(bad)
  return [good(`The envelope is well. It says ${fields['action']} with ${bizJsonOf(fields)}`)]
}

function presenceProblem(envelope: JsonObject, name: string): string[] {
  const value = envelope[name]
  if (isJsonObject(value) || Array.isArray(value))
    return [`${name} must be a string${name === 'biz_content' ? ': the Base64 of the business JSON' : ''}.`]
  if (value !== undefined && value !== null && value !== '') return []
  const camelCase = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  if (camelCase !== name && camelCase in envelope) return [`${camelCase} must be called ${name}.`]
  return [`${name} is missing.`]
}

function timeProblem(timestamp: string): string[] {
  if (/^[1-9]\d{9}$/.test(timestamp)) return []
  return [/^\d{13}$/.test(timestamp) ? mistakes.milliseconds : mistakes.localTime]
}

function envelopeSignFindings(fields: WhaleFields, { privateKeyPem }: WhaleIdentity): Finding[] {
  const { sign } = fields
  if (typeof sign !== 'string' || sign === '') return []
  const wrong = explainWhaleSignature(fields, sign, createPublicKey(privateKeyPem))
  if (wrong.length === 0) return [good('The signature holds.')]
  return [bad('The signature does not hold.'), ...wrong.map(bad), bad(`  expected string  ${whaleText(fields)}`)]
}

/** Checks what a merchant's client made for Exchange's wire, without asking a hub. */
export function checkExchangeFiles({ text, request }: ClientFiles, identity: ExchangeIdentity, now: Date): Finding[] {
  if (request === undefined) {
    const given = decode(text!)
    return [...charsetFindings(text!), ...findingsOf(compareExchangeText(expectedParts(given, identity, now), given))]
  }
  const http = parseHttpText(request)
  if (http === undefined) return noRequest
  const parts = partsOf(http)
  const compared = text === undefined ? [] : findingsOf(compareExchangeText(parts, decode(text)))
  const problems = [...headerProblems(parts, identity), ...charsetFindings(http.body)]
  return [...problems, ...compared, ...headerSignFindings(parts, http.headers.get('sign') ?? '', identity)]
}

function partsOf({ headers, body }: HttpText): ExchangeParts {
  const read = (name: string): string => headers.get(name.toLowerCase()) ?? ''
  const sent = { businessId: read('businessId'), nonce: read('nonce'), timestamp: read('timestamp') }
  return { headers: { ...sent, signType: read('signType') }, body: decode(body) }
}

function headerProblems({ headers, body }: ExchangeParts, { businessId }: ExchangeIdentity): Finding[] {
  const { timestamp, signType = '' } = headers
  const missing = Object.entries(headers).filter(([name, value]) => name !== 'signType' && value === '')
  const problems = [
    ...missing.map(([name]) => `The header ${name} is missing.`),
    ...(headers.businessId !== '' && headers.businessId !== businessId
      ? [`The headers name the businessId ${headers.businessId}, the file given by --as has ${businessId}.`]
      : []),
    ...(timestamp === '' || /^[1-9]\d{12}$/.test(timestamp) ? [] : [mistakes.secondsNotMilliseconds]),
    ...(['', 'MD5', 'SHA256-RSA'].includes(signType) ? [] : [`signType is SHA256-RSA or MD5, not ${signType}.`]),
    ...(body.includes(`"${businessId}"`)
      ? []
      : [`The body does not name the businessId ${businessId} of the headers.`]),
  ]
  return problems.map(bad)
}

function headerSignFindings(parts: ExchangeParts, sign: string, identity: ExchangeIdentity): Finding[] {
  if (sign === '') return [bad('The header sign is missing.')]
  const wrong = explainExchangeSign(parts, sign, identity)
  if (wrong.length === 0) return [good('The sign holds.')]
  return [bad('The sign does not hold.'), ...wrong.map(bad), bad(`  expected string  ${exchangeText(parts)}`)]
}
