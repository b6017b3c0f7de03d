import { createHash, createHmac, createPublicKey } from 'node:crypto'
import { exchangeSignText, type ExchangeHeaders, exchangeMd5Sign } from '../../wire/exchange-signature.ts'
import { wrongBodies, bodyCauses } from './body.ts'
import type { ExchangeIdentity } from './identity.ts'
import { mistakes, notSigned, type Difference } from './mistakes.ts'
import { type WrongText, explainRsaSignature } from './rsa.ts'

/** What a merchant's string to sign is made of: the headers but sign, and the body as it is sent. */
export type ExchangeParts = { headers: ExchangeHeaders; body: string }

export const exchangeText = ({ headers, body }: ExchangeParts): string => exchangeSignText(headers, body).toString()

/** The headers' part of the string. */
const exchangeHead = ({ headers }: ExchangeParts): string => exchangeText({ headers, body: '' })

/** The texts that the classic mistakes make of a request. */
function wrongExchangeTexts(parts: ExchangeParts): WrongText[] {
  const { headers, body } = parts
  const right = exchangeText(parts)
  const texts = [...joinings(parts), ...selections(parts), ...digests(right), ...wrongBodiesOf(parts)]
  const seconds = { ...headers, timestamp: headers.timestamp.slice(0, 10) }
  const late = { mistake: mistakes.secondsNotMilliseconds, text: exchangeText({ headers: seconds, body }) }
  return [...texts, late].filter(({ text }) => text !== right)
}

function joinings(parts: ExchangeParts): WrongText[] {
  const { headers, body } = parts
  const head = exchangeHead(parts)
  const { businessId, nonce, timestamp, signType = '' } = headers
  const asSent = Object.entries({ businessId, nonce, timestamp, signType }).filter(([, value]) => value !== '')
  return [
    ...['&', '\n', '&body=', 'body='].map((between) => ({
      mistake: mistakes.joinedBody,
      text: `${head}${between}${body}`,
    })),
    { mistake: mistakes.lineFeedBehindBody, text: `${head}${body}\n` },
    { mistake: mistakes.noBodyBehind, text: head },
    { mistake: mistakes.onlyBody, text: body },
    { mistake: mistakes.unsorted, text: `${asSent.map(([name, value]) => `${name}=${value}`).join('&')}${body}` },
    {
      mistake: mistakes.lowerNames,
      text: `${head.replaceAll(/(?<=^|&)\w+(?==)/g, (name) => name.toLowerCase())}${body}`,
    },
    { mistake: mistakes.valuesAlone, text: `${head.replaceAll(/(?<=^|&)\w+=/g, '')}${body}` },
  ]
}

function selections(parts: ExchangeParts): WrongText[] {
  const { headers, body } = parts
  const head = exchangeHead(parts)
  const isSent = (headers.signType ?? '') !== ''
  const without = (name: string): string => head.replace(new RegExp(`(?:^|&)${name}=[^&]*`), '').replace(/^&/, '')
  const typed = (signType: string): string => exchangeText({ headers: { ...headers, signType }, body })
  return [
    ...(isSent
      ? [{ mistake: mistakes.signTypeLeftOut, text: typed('') }]
      : ['SHA256-RSA', 'MD5'].map((type) => ({ mistake: mistakes.signTypeNotSent, text: typed(type) }))),
    { mistake: mistakes.emptySignType, text: `${head.replace('&timestamp=', '&signType=&timestamp=')}${body}` },
    ...['businessId', 'nonce', 'timestamp'].map((name) => ({
      mistake: notSigned(name),
      text: `${without(name)}${body}`,
    })),
  ]
}

const digests = (right: string): WrongText[] =>
  (['md5', 'sha256'] as const).map((algorithm) => ({
    mistake: mistakes.digestSigned,
    text: createHash(algorithm).update(right).digest('hex'),
  }))

const wrongBodiesOf = ({ headers, body }: ExchangeParts): WrongText[] =>
  wrongBodies(body).map((wrong) => ({ mistake: wrong.mistake, text: exchangeText({ headers, body: wrong.body }) }))

/**
 * Compares a string to sign with the one that these headers and this body make: header by header, and then the body.
 * Answers where they part first, with the usual causes; undefined where they are the same.
 */
export function compareExchangeText(parts: ExchangeParts, given: string): Difference | undefined {
  const text = exchangeText(parts)
  if (given === text) return undefined
  const known = wrongExchangeTexts(parts).find((wrong) => wrong.text === given)
  const place = placeOf(parts, given)
  return { ...place, causes: known === undefined ? place.causes : [known.mistake] }
}

function placeOf(parts: ExchangeParts, given: string): Difference {
  const head = exchangeHead(parts)
  if (given.startsWith(head)) return bodyPlace(parts.body, given.slice(head.length))
  const [wanted, got] = [head.split('&'), splitText(given).head.split('&')]
  const index = wanted.findIndex((part, at) => part !== got[at])
  const at = index === -1 ? wanted.length : index
  const name = nameOf(wanted[at] ?? got[at] ?? '')
  const where = `part ${at + 1} (${name})`
  return { where, expected: wanted[at] ?? '(nothing)', given: got[at] ?? '(nothing)', causes: [cause(wanted, got, at)] }
}

const bodyPlace = (body: string, given: string): Difference => ({
  where: 'the body',
  expected: body,
  given,
  causes: given.trim() === '' ? [mistakes.noBodyBehind] : bodyCauses(body, given),
})

const nameOf = (part: string): string => part.slice(0, part.indexOf('='))

function cause(wanted: string[], got: string[], at: number): string {
  const [expected = '', part = ''] = [wanted[at], got[at]]
  if (wanted.toSorted().join('&') === got.toSorted().join('&')) return mistakes.unsorted
  if (got.some((one) => nameOf(one) === 'sign')) return mistakes.signIncluded
  if (nameOf(part) === nameOf(expected)) {
    const isSeconds = nameOf(part) === 'timestamp' && /=\d{10}$/.test(part)
    return isSeconds
      ? mistakes.secondsNotMilliseconds
      : `${nameOf(part)} is another one than in the headers (or in what --as says).`
  }
  return got.some((one) => nameOf(one) === nameOf(expected)) || expected === ''
    ? `${nameOf(part)} is in the string, but it is not sent.`
    : notSigned(nameOf(expected))
}

/** A string to sign in its two parts: the body begins with its first brace. */
function splitText(text: string): { head: string; body: string } {
  const at = text.indexOf('{')
  return at === -1 ? { head: text, body: '' } : { head: text.slice(0, at), body: text.slice(at) }
}

/**
 * What can be expected of a string of which the request is not at hand: the merchant's own businessId, and whatever nonce,
 * time stamp, type and body it has, as long as they are well-formed.
 */
export function expectedParts(given: string, { businessId }: { businessId: string }, now: Date): ExchangeParts {
  const { head, body } = splitText(given)
  const read = (name: string): string => new RegExp(`(?:^|&)${name}=([^&]*)`, 'i').exec(head)?.[1]?.trim() ?? ''
  const timestamp = /^[1-9]\d{12}$/.exec(read('timestamp'))?.[0] ?? String(now.getTime())
  const headers = { businessId, nonce: read('nonce') || 'a1B2c3D4e5F6', timestamp, signType: read('signType') }
  return { headers, body: body.replace(/[\r\n]+$/, '') }
}

/** Everything that is wrong with the sign of a request, by the type that it is sent with; nothing where it is right. */
export function explainExchangeSign(parts: ExchangeParts, sign: string, identity: ExchangeIdentity): string[] {
  const { md5Key, privateKeyPem } = identity
  if (parts.headers.signType === 'MD5') {
    return md5Key === undefined
      ? ['The file given by --as has no md5Key to check an MD5 with.']
      : explainMd5(parts, sign, md5Key)
  }
  if (privateKeyPem === undefined)
    return ['The file given by --as has no privateKeyPem, and signType does not say MD5.']
  return explainRsaSignature(exchangeText(parts), wrongExchangeTexts(parts), sign, createPublicKey(privateKeyPem))
}

function explainMd5(parts: ExchangeParts, sign: string, key: string): string[] {
  const text = exchangeText(parts)
  const right = exchangeMd5Sign(Buffer.from(text), key)
  if (sign === right) return []
  const digest = wrongDigests(text, key, right).find((one) => one.sign === sign)
  if (digest !== undefined) return [digest.mistake]
  const upper = sign.toUpperCase()
  const spelling = upper === sign ? [] : [mistakes.lowerCase]
  const wrong = wrongExchangeTexts(parts).find((one) => exchangeMd5Sign(Buffer.from(one.text), key) === upper)
  if (wrong !== undefined) return [wrong.mistake, ...spelling]
  return ['It is made with another key than the one of --as, or over another text: give that with --string FILE.']
}

function wrongDigests(text: string, key: string, right: string): { mistake: string; sign: string }[] {
  const md5 = (value: string) => createHash('md5').update(value)
  const inBothCases = (mistake: string, hexadecimal: string) =>
    [hexadecimal.toLowerCase(), hexadecimal.toUpperCase()].map((sign) => ({ mistake, sign }))
  return [
    { mistake: mistakes.lowerCase, sign: right.toLowerCase() },
    { mistake: mistakes.base64Upper, sign: md5(text + key).digest('base64') },
    ...inBothCases(mistakes.noKeyBehind, md5(text).digest('hex')),
    ...[`${text}&key=${key}`, `${text}&${key}`, `${key}${text}`].flatMap((value) =>
      inBothCases(mistakes.keyJoined, md5(value).digest('hex')),
    ),
    ...inBothCases(mistakes.plainMd5, createHmac('md5', key).update(text).digest('hex')),
    ...inBothCases(
      mistakes.plainMd5,
      createHash('sha256')
        .update(text + key)
        .digest('hex'),
    ),
  ]
}
