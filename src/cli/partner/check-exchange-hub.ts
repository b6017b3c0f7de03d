import { createExchangeMerchant, type MerchantAnswer } from '../../../simulators/exchange-merchant.ts'
import { noSuchMethodWords, wordsOf } from '../../faces/exchange/words.ts'
import { codeOf } from './advice.ts'
import { ask, makeUnknownNo, notAHub, outcome } from './asking.ts'
import { bad, good, type Finding } from './finding.ts'
import type { ExchangeIdentity } from './identity.ts'

/** Asks a hub, as a merchant, about an order that does not exist, by each type that there is a key for. */
export async function checkExchangeHub(
  hubUrl: string,
  identity: ExchangeIdentity,
  now: () => Date,
): Promise<Finding[]> {
  const findings: Finding[] = []
  if (identity.privateKeyPem !== undefined) findings.push(...(await checkType(hubUrl, identity, 'SHA256-RSA', now)))
  if (identity.md5Key !== undefined) findings.push(...(await checkType(hubUrl, identity, 'MD5', now)))
  return findings
}

type SignType = 'SHA256-RSA' | 'MD5'

async function checkType(hubUrl: string, identity: ExchangeIdentity, signType: SignType, now: () => Date) {
  const { businessId, merchantId, infoPath, privateKeyPem, platformPublicKeyPem, md5Key } = identity
  const keys = signType === 'MD5' ? { md5Key } : { privateKeyPem, platformPublicKeyPem }
  const given = Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined))
  const merchant = createExchangeMerchant({ hubUrl, businessId, merchantId, infoPath, signType, now, ...given })
  const answered = await ask(hubUrl, () => merchant.query({ bizCode: makeUnknownNo() }), now)
  if ('isGood' in answered) return [answered]
  const { answer, clock } = answered
  const said = statusAndWords(answer.body)
  if (said === undefined || said.status === noSuchMethodWords.code) return [notAHub(answer)]
  // Several refusals share a status: the words tell them apart.
  const code = codeOf((one) => wordsOf[one].code === said.status && said.words.startsWith(wordsOf[one].msg))
  const told = outcome(code, 'order_not_found', `${signType}: ${said.status} ${said.words}`)
  return [...told, ...clock, signature(answer, signType)]
}

function statusAndWords(body: unknown): { status: number; words: string } | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const { status, message } = body as Record<string, unknown>
  return typeof status === 'number' && typeof message === 'string' ? { status, words: message } : undefined
}

function signature({ isSignatureValid, headers }: MerchantAnswer, signType: SignType): Finding {
  if (isSignatureValid) return good(`The answer's sign holds (${signType}).`)
  if (headers['sign'] === undefined) return bad('The answer is not signed: the hub does not know the businessId.')
  if (headers['signtype'] !== signType) return bad(`The hub has no key of type ${signType} for this businessId.`)
  const key = signType === 'MD5' ? 'md5Key' : 'platformPublicKeyPem'
  return bad(`The answer's sign does not hold: ${key} is not the key that the hub signs with now. Ask its operator.`)
}
