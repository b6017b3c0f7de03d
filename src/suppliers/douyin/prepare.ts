import type { JsonObject } from '../../wire/json.ts'
import { objectsIn, refused, unknown } from '../answers.ts'
import { writeMemo, fenIn, given, instantIn, nameIn, objectIn, textIn } from '../read.ts'
import type { CodeAnswer, RedeemAsk, Refused, Unknown } from '../supplier.ts'
import { ask, type Line } from './ask.ts'
import { readNo } from './words.ts'

/** 验券准备: the coupons of a code, of which the first is taken, and the verify_token that goes with them. */
export async function prepare(line: Line, asked: RedeemAsk): Promise<CodeAnswer> {
  const poiId = poiOf(line, asked)
  if (poiId === undefined) return refused('poi_id', 'The shop has no number at Douyin: poi_id is to be set.')
  const shown = await readShown(line, asked.code)
  if (shown.kind !== 'query') return shown
  const query = { ...shown.query, poi_id: poiId }
  const said = await ask(line, { method: 'GET', what: 'prepare', query }, asked.code)
  if (said.kind === 'unknown') return said
  return said.kind === 'failed' ? readNo(said.code, said.words) : readCertificates(said.data)
}

/** The shop by Douyin's number. */
export const poiOf = ({ settings }: Line, { thirdShopNo }: RedeemAsk): string | undefined =>
  thirdShopNo ?? settings.poiId

function readCertificates(data: JsonObject): CodeAnswer {
  const certificates = objectsIn(data['certificates'])
  const [first] = certificates
  if (first === undefined) return refused('certificates', '该券码没有可用的券')
  const [verifyToken, encryptedCode] = [textIn(data['verify_token']), textIn(first['encrypted_code'])]
  if (verifyToken === undefined || encryptedCode === undefined) {
    return unknown('The answer had no verify_token or no encrypted_code.')
  }
  return {
    kind: 'accepted',
    memo: writeMemo({ verifyToken, encryptedCode }),
    ...given({
      name: nameIn(objectIn(first['sku'])['title']),
      faceValueFen: fenIn(objectIn(first['amount'])['original_amount']),
      validFrom: instantIn(first['start_time'], 1000),
      validUntil: instantIn(first['expire_time'], 1000),
      usesLeft: certificates.length,
    }),
  }
}

type Shown = { kind: 'query'; query: Record<string, string> }

/** What the holder shows is a code, or a short link out of a QR code; only Douyin's own are followed, and one step. */
async function readShown({ settings, send }: Line, code: string): Promise<Shown | Refused | Unknown> {
  if (!/^https?:/i.test(code)) return { kind: 'query', query: { code } }
  if (objectIdIn(code) !== undefined) return scanned(objectIdIn(code))
  if (!code.startsWith(`${settings.linkURL}/`)) return noLink
  const answer = await send({ method: 'GET', url: code, headers: {} })
  if (answer.kind === 'failed') return unknown(`The link gave no answer (${answer.reason}).`)
  if (answer.status >= 500 || answer.status === 429) return unknown(`The link gave HTTP ${answer.status}.`)
  return scanned(objectIdIn(answer.headers['location'] ?? ''))
}

const noLink = { ...refused('link', 'The link is none of a coupon.'), reason: 'coupon_not_found' as const }

const scanned = (objectId: string | undefined): Shown | Refused =>
  objectId === undefined ? noLink : { kind: 'query', query: { encrypted_data: objectId } }

/** The object_id of a long link. A `+` is part of it: it is no form. */
function objectIdIn(link: string): string | undefined {
  const [, text = ''] = /[?&]object_id=([^&#\s]{1,1024})/.exec(link) ?? []
  try {
    return decodeURIComponent(text) || undefined
  } catch {
    return undefined
  }
}
