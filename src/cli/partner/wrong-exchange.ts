import { createHash } from 'node:crypto'
import { exchangeSignText, type ExchangeHeaders } from '../../wire/exchange-signature.ts'
import { wrongBodies } from './body.ts'
import type { WrongText } from './explain-rsa.ts'
import { mistakes, notSigned } from './mistakes.ts'

/** What a merchant's string to sign is made of: the headers but sign, and the body as it is sent. */
export type ExchangeParts = { headers: ExchangeHeaders; body: string }

export const exchangeText = ({ headers, body }: ExchangeParts): string => exchangeSignText(headers, body).toString()

/** The headers' part of the string. */
export const exchangeHead = ({ headers }: ExchangeParts): string => exchangeText({ headers, body: '' })

/** The texts that the classic mistakes make of a request. */
export function wrongExchangeTexts(parts: ExchangeParts): WrongText[] {
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
