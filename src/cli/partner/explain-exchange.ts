import { createHash, createHmac, createPublicKey } from 'node:crypto'
import { exchangeMd5Sign } from '../../wire/exchange-signature.ts'
import { explainRsaSignature } from './explain-rsa.ts'
import type { ExchangeIdentity } from './identity.ts'
import { mistakes } from './mistakes.ts'
import { exchangeText, wrongExchangeTexts, type ExchangeParts } from './wrong-exchange.ts'

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
