import { createPublicKey } from 'node:crypto'
import { isUtf8 } from 'node:buffer'
import { parseJsonObject, type JsonObject } from '../../wire/json.ts'
import { JsonError } from '../../wire/json-string.ts'
import { nestedFieldOf } from '../../wire/shoubei-signature.ts'
import { compareLakalaText, expectedOf, type LakalaParts } from './compare-lakala.ts'
import { compareShoubeiText, fieldsOf } from './compare-shoubei.ts'
import { explainLakalaSignature } from './explain-lakala.ts'
import { explainShoubeiSign } from './explain-shoubei.ts'
import { bad, findingsOf, good, type Finding } from './finding.ts'
import { parseHttpText } from './http-text.ts'
import type { LakalaIdentity, ShoubeiIdentity } from './identity.ts'
import { readLakalaHeader } from './lakala-header.ts'
import { mistakes } from './mistakes.ts'

/** What a partner's own client made: its string to sign, its request, or both. */
export type ClientFiles = { text: Uint8Array | undefined; request: Uint8Array | undefined }

const noRequest = [bad('The request has no body: it is headers, an empty line, and the body.')]
const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

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
  try {
    const fields = parseJsonObject(body)
    const nested = nestedFieldOf(fields)
    return nested === undefined
      ? fields
      : `${nested} must be a string: objects and arrays have no place in the string to sign.`
  } catch (error) {
    if (error instanceof JsonError) return `The body is no JSON object: ${error.message}.`
    throw error
  }
}

const charsetFindings = (bytes: Uint8Array): Finding[] => (isUtf8(bytes) ? [] : [bad(mistakes.otherCharset)])
