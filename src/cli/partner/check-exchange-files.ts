import { isUtf8 } from 'node:buffer'
import type { ClientFiles } from './check-files.ts'
import { compareExchangeText, expectedParts } from './compare-exchange.ts'
import { explainExchangeSign } from './explain-exchange.ts'
import { bad, findingsOf, good, type Finding } from './finding.ts'
import { parseHttpText, type HttpText } from './http-text.ts'
import type { ExchangeIdentity } from './identity.ts'
import { mistakes } from './mistakes.ts'
import { exchangeText, type ExchangeParts } from './wrong-exchange.ts'

const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

/** Checks what a merchant's client made for Exchange's wire, without asking a hub. */
export function checkExchangeFiles({ text, request }: ClientFiles, identity: ExchangeIdentity, now: Date): Finding[] {
  if (request === undefined) {
    const given = decode(text!)
    return [...charsetFindings(text!), ...findingsOf(compareExchangeText(expectedParts(given, identity, now), given))]
  }
  const http = parseHttpText(request)
  if (http === undefined) return [bad('The request has no body: it is headers, an empty line, and the body.')]
  const parts = partsOf(http)
  const compared = text === undefined ? [] : findingsOf(compareExchangeText(parts, decode(text)))
  const problems = [...headerProblems(parts, identity), ...charsetFindings(http.body)]
  return [...problems, ...compared, ...signFindings(parts, http.headers.get('sign') ?? '', identity)]
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

function signFindings(parts: ExchangeParts, sign: string, identity: ExchangeIdentity): Finding[] {
  if (sign === '') return [bad('The header sign is missing.')]
  const wrong = explainExchangeSign(parts, sign, identity)
  if (wrong.length === 0) return [good('The sign holds.')]
  return [bad('The sign does not hold.'), ...wrong.map(bad), bad(`  expected string  ${exchangeText(parts)}`)]
}

const charsetFindings = (bytes: Uint8Array): Finding[] => (isUtf8(bytes) ? [] : [bad(mistakes.otherCharset)])
