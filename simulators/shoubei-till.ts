import { randomUUID } from 'node:crypto'
import { isJsonObject } from './json.ts'
import type { JsonObject } from './json.ts'
import { postJson } from './post-json.ts'
import type { HttpHeaders } from './post-json.ts'
import { toShanghaiDigits } from './shanghai-time.ts'
import { isShoubeiSignatureValid, signShoubei } from './shoubei-signature.ts'

/** Which till this is and where its hub listens; the names are those of a sandbox's `shoubei` block. */
export type ShoubeiTillOptions = {
  hubUrl: string
  instNo: string
  merchantNo: string
  shopNo: string
  key: string
  wfPath: string
  queryPath: string
  cancelPath: string
  preparePath: string
  /** The till's own clock; the machine's where absent. */
  now?: () => Date
}

/** What is asked before a redemption. Amounts in fen, sent as given: `amount` before and `realAmount` after discounts. */
export type TillQuestion = {
  code: string
  amount?: string | number
  realAmount?: string | number
  channelType?: string
  excDiscountFlag?: string
}

/** A till numbers its redemptions: `traceNo` is made up where absent, and null sends none. */
export type TillRedemption = TillQuestion & { traceNo?: string | null }

/** One of the three names a redemption: the hub's number, the till's own, or the coupon's code. */
export type TillReference = { orderNo?: string; traceNo?: string; code?: string }

/** The hub's answer; `sent` has the fields as they went out, a made-up `wf_trace_no` included. */
export type TillAnswer = {
  status: number
  headers: HttpHeaders
  body: JsonObject | undefined
  text: string
  isSignatureValid: boolean
  sent: JsonObject
}

export type ShoubeiTill = {
  redeem: (redemption: TillRedemption) => Promise<TillAnswer>
  query: (reference: TillReference) => Promise<TillAnswer>
  cancel: (reference: Omit<TillReference, 'code'>) => Promise<TillAnswer>
  prepare: (question: TillQuestion) => Promise<TillAnswer>
}

// The table gives wf_trace_no 32 characters, its example 36: what keeps to the table fits either reading.
const makeTraceNo = (): string => randomUUID().replaceAll('-', '')

const questionFields = (question: TillQuestion): JsonObject => ({
  coupon_code: question.code,
  channel_type: question.channelType,
  amount: question.amount,
  real_amount: question.realAmount,
  exc_discount_flag: question.excDiscountFlag,
})

const referenceFields = (reference: TillReference): JsonObject => ({
  order_no: reference.orderNo,
  wf_trace_no: reference.traceNo,
  coupon_code: reference.code,
})

const withoutAbsent = (fields: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/**
 * A till that redeems over Shoubei's wire (Shoubei, 核销接口, and its siblings for query, cancel and prepare). It signs
 * with its own signer and checks each answer with its own verifier; the calls throw where nothing answers at `hubUrl`.
 */
export function createShoubeiTill(options: ShoubeiTillOptions): ShoubeiTill {
  const now = options.now ?? (() => new Date())
  const identity = { inst_no: options.instNo, merchant_no: options.merchantNo, shop_no: options.shopNo }

  const call = async (path: string, fields: JsonObject): Promise<TillAnswer> => {
    const unsigned = withoutAbsent({ ...identity, ts: toShanghaiDigits(now()), ...fields })
    const sent = { ...unsigned, sign: signShoubei(unsigned, options.key) }
    const answer = await postJson(options.hubUrl, path, JSON.stringify(sent))
    const body = isJsonObject(answer.body) ? answer.body : undefined
    const isSignatureValid = body !== undefined && isShoubeiSignatureValid(body, options.key)
    return { status: answer.status, headers: answer.headers, body, text: answer.text, isSignatureValid, sent }
  }

  return {
    redeem: ({ traceNo = makeTraceNo(), ...question }) =>
      call(options.wfPath, { ...questionFields(question), wf_trace_no: traceNo ?? undefined }),
    query: (reference) => call(options.queryPath, referenceFields(reference)),
    cancel: (reference) => call(options.cancelPath, referenceFields(reference)),
    prepare: (question) => call(options.preparePath, questionFields(question)),
  }
}
