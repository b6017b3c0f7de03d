import { createPrivateKey, createPublicKey, randomInt } from 'node:crypto'
import { isJsonObject } from './json.ts'
import type { JsonObject } from './json.ts'
import { authorizeRequest, isAnswerSignatureValid, makeNonce } from './lakala-signature.ts'
import { postJson } from './post-json.ts'
import type { HttpHeaders } from './post-json.ts'
import { toShanghaiDigits } from './shanghai-time.ts'

/** Who the bank is and where its hub listens; the identity's names are those of a sandbox's `lakala` block. */
export type LakalaBankOptions = {
  hubUrl: string
  appid: string
  serialNo: string
  privateKeyPem: string
  platformPublicKeyPem: string
  ownerId: string
  activityId: string
  issuePath: string
  queryPath: string
  memberPrefix: string
  /** The bank's own clock; the machine's where absent. */
  now?: () => Date
}

/** What a bank orders; absent numbers are made up, unique enough for a simulator. */
export type BankOrder = {
  promotionId: string
  memberId?: string
  openid?: string
  merchantOrderId?: string
  writeOffNotify: string
  postNotify?: string
  activityId?: string
  ownerId?: string
}

/** What a bank asks about; it has no `tradeNo` where the answer to its order was lost. */
export type BankQuery = { merchantOrderId: string; tradeNo?: string; activityId?: string; ownerId?: string }

/** `bare` sends the fields alone, `v3` inside `req_data`. A nonce or time stamp given is sent as it is, so that a replay can be played. */
export type BankCallOptions = { envelope?: 'bare' | 'v3'; nonce?: string; timestampSeconds?: number }

/** The hub's answer: `data` is `resp_data` or `data`, whichever came; `sent` has the fields as they went out, made-up numbers included. */
export type BankAnswer = {
  status: number
  headers: HttpHeaders
  body: unknown
  text: string
  isSignatureValid: boolean
  data: JsonObject | undefined
  sent: Record<string, string>
}

export type LakalaBank = {
  issue: (order: BankOrder, options?: BankCallOptions) => Promise<BankAnswer>
  query: (question: BankQuery, options?: BankCallOptions) => Promise<BankAnswer>
}

const randomDigits = (count: number): string => Array.from({ length: count }, () => randomInt(10)).join('')

const dataOf = (body: unknown): JsonObject | undefined => {
  if (!isJsonObject(body)) return undefined
  const data = body['resp_data'] ?? body['data']
  return isJsonObject(data) ? data : undefined
}

function issueFields(bank: LakalaBankOptions, order: BankOrder, now: Date): Record<string, string> {
  // Fifteen characters, as the document's example; a long prefix still gets eight digits of its own (at most 20 in all).
  const memberDigits = Math.min(Math.max(15 - bank.memberPrefix.length, 8), 20 - bank.memberPrefix.length)
  return {
    member_id: order.memberId ?? bank.memberPrefix + randomDigits(memberDigits),
    activity_id: order.activityId ?? bank.activityId,
    owner_id: order.ownerId ?? bank.ownerId,
    promotion_id: order.promotionId,
    channel_openid: order.openid ?? `o${randomDigits(27)}`,
    mer_order_id: order.merchantOrderId ?? toShanghaiDigits(now) + randomDigits(10),
    writeOffNotify: order.writeOffNotify,
    ...(order.postNotify === undefined ? {} : { postNotify: order.postNotify }),
  }
}

const queryFields = (bank: LakalaBankOptions, question: BankQuery): Record<string, string> => ({
  owner_id: question.ownerId ?? bank.ownerId,
  mer_order_id: question.merchantOrderId,
  activity_id: question.activityId ?? bank.activityId,
  ...(question.tradeNo === undefined ? {} : { trade_no: question.tradeNo }),
})

/**
 * A bank that takes coupons over Lakala's wire (Lakala §2 and §5). It signs with its own signer and checks each answer
 * with its own verifier; an answer without signature is handed over with `isSignatureValid` false.
 * @throws where one of the two keys is no PEM key; the calls throw where nothing answers at `hubUrl`.
 */
export function createLakalaBank(options: LakalaBankOptions): LakalaBank {
  const privateKey = createPrivateKey(options.privateKeyPem)
  const platformKey = createPublicKey(options.platformPublicKeyPem)
  const { appid, serialNo } = options
  const now = options.now ?? (() => new Date())

  const call = async (path: string, fields: Record<string, string>, how: BankCallOptions): Promise<BankAnswer> => {
    const envelope = { req_time: toShanghaiDigits(now()), version: '3.0', req_data: fields }
    const body = JSON.stringify(how.envelope === 'v3' ? envelope : fields)
    const timestamp = String(how.timestampSeconds ?? Math.floor(now().getTime() / 1000))
    const identity = { appid, serialNo, timestamp, nonce: how.nonce ?? makeNonce() }
    const authorization = authorizeRequest(identity, body, privateKey)
    const answer = await postJson(options.hubUrl, path, body, { authorization })
    return {
      status: answer.status,
      headers: answer.headers,
      body: answer.body,
      text: answer.text,
      isSignatureValid: isAnswerSignatureValid(answer.headers, answer.bytes, platformKey),
      data: dataOf(answer.body),
      sent: fields,
    }
  }

  return {
    issue: (order, how = {}) => call(options.issuePath, issueFields(options, order, now()), how),
    query: (question, how = {}) => call(options.queryPath, queryFields(options, question), how),
  }
}
