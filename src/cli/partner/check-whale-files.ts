import { createPublicKey } from 'node:crypto'
import { isUtf8 } from 'node:buffer'
import { isJsonObject, parseJsonObject, type JsonObject } from '../../wire/json.ts'
import { JsonError } from '../../wire/json-string.ts'
import { whaleText } from '../../wire/whale-signature.ts'
import { contentMistake } from './biz-content.ts'
import type { ClientFiles } from './check-files.ts'
import { compareWhaleText } from './compare-whale.ts'
import { explainWhaleSignature } from './explain-whale.ts'
import { bad, findingsOf, good, type Finding } from './finding.ts'
import { parseHttpText } from './http-text.ts'
import { mistakes } from './mistakes.ts'
import { bizJsonOf, envelopeFields, expectedFields, type WhaleFields } from './whale-fields.ts'
import type { WhaleIdentity } from './whale-identity.ts'

const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
const charsetFindings = (bytes: Uint8Array): Finding[] => (isUtf8(bytes) ? [] : [bad(mistakes.otherCharset)])

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
  return [...envelopeFindings(envelope, identity), ...compared, ...signatureFindings(fields, identity)]
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
  try {
    return parseJsonObject(body)
  } catch (error) {
    if (error instanceof JsonError) return `The body is no JSON object: ${error.message}.`
    throw error
  }
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

function signatureFindings(fields: WhaleFields, { privateKeyPem }: WhaleIdentity): Finding[] {
  const { sign } = fields
  if (typeof sign !== 'string' || sign === '') return []
  const wrong = explainWhaleSignature(fields, sign, createPublicKey(privateKeyPem))
  if (wrong.length === 0) return [good('The signature holds.')]
  return [bad('The signature does not hold.'), ...wrong.map(bad), bad(`  expected string  ${whaleText(fields)}`)]
}
