import { hash } from 'node:crypto'
import { z } from 'zod'
import { hashCardNoWith } from '../../../core/keys/hashes.ts'
import { HubError, refuse } from '../../../core/command/errors.ts'
import type { ChannelCaller, Till } from '../../../core/command/callers.ts'
import { cardOf, mostCartFen, mostLines, worthOf, type Good } from '../../../core/rules/index.ts'
import type { Setup } from '../../../core/set-up/snapshot.ts'
import { readFields } from '../../fields.ts'
import type { Action } from './action.ts'
import { channelField, channelOf, requestScopeOf } from '../channel-caller.ts'
import { verifyAnswer } from '../verify-answer.ts'
import { config, fen, flag, id, name, oneOf, optional, required, typedCode, wholeNumber } from '../whale-fields.ts'

const cartFen = fen.refine((value) => value <= mostCartFen, `must be at most ${mostCartFen} fen`)

const good = z.object({
  sku: optional(id(64)),
  qty: required(wholeNumber(1, 1_000_000)),
  /** Of one piece, in fen as cashTotalAmount is. */
  price: required(cartFen),
  type: optional(name(64)),
  spec: optional(name(64)),
})

const storeInfoField = config({
  cityId: optional(id(64)),
  swift: optional(id(64)),
  tid: optional(id(64)),
  mid: required(id(64)),
  shopNo: required(id(64)),
  storeName: optional(name(200)),
})

// facts of the transaction API 4.0, CodeVerify.
const schema = z.object({
  ...channelField,
  verifyScene: optional(oneOf('offline', 'online')),
  code: required(typedCode(64)),
  isProductCheck: optional(flag),
  requestId: required(id(32)),
  refNo: optional(id(12)),
  cashierTransNo: optional(id(64)),
  storeInfo: required(storeInfoField),
  cashTotalAmount: optional(cartFen),
  goodsDetail: optional(
    z
      .array(good, 'must be a list')
      .max(mostLines, `has more than ${mostLines} lines`)
      .transform((goods) => goods.map(({ price, ...rest }): Good => ({ ...rest, priceFen: price })))
      .refine((goods) => worthOf(goods) <= mostCartFen, `must be worth at most ${mostCartFen} fen in all`),
  ),
  cardNo: optional(id(19)),
  remark: optional(name(500)),
})
type Asked = z.output<typeof schema>

/** 单码核销: uses a code at a till of the channel's acceptor. */
export const CodeVerify: Action = {
  name: 'CodeVerify',
  aliases: ['codeVerify'],
  side: 'channel',
  act: async ({ core }, caller, fields) => {
    const asked = readFields(schema, fields)
    const channel = channelOf(caller, asked)
    const goods = goodsOf(asked)
    const card = cardOfAsked(asked, hashCardNoWith(core.hub.keyring))
    const { requestId, storeInfo, cashTotalAmount, code } = asked
    const setup = core.setup.current()
    try {
      const outcome = await core.redeem({
        no: caller.no,
        deadline: caller.deadline,
        ...tillOf(setup, channel, storeInfo),
        code,
        scopeHash: requestScopeOf(channel, requestId),
        isRepeatable: true,
        traceNo: requestId,
        // Where the till gives no amount, it is what its goods are worth.
        amountFen: cashTotalAmount ?? (goods && worthOf(goods)),
        goods,
        card,
        cityId: storeInfo.cityId,
        tid: storeInfo.tid,
        fingerprint: fingerprintOf(asked, card?.hash),
        nonce: caller.nonce,
        detail: detailOf(asked),
      })
      return verifyAnswer(core.setup.current(), outcome)
    } catch (error) {
      throw inWireNames(error)
    }
  },
}

/** The till of a store: at the channel's acceptor, or at the only one that has the merchant. */
function tillOf(setup: Setup, channel: ChannelCaller, { mid, shopNo }: { mid: string; shopNo: string }): Till {
  const field = 'storeInfo.mid'
  const own = setup.channels.get(channel.channelId)?.settings.acceptorId
  const having = [...setup.merchants.values()].filter(({ no }) => no === mid).map(({ acceptorId }) => acceptorId)
  const [acceptorId, ...others] = own === undefined ? having : [own]
  if (acceptorId === undefined) return refuse('merchant_unknown', `there is no merchant ${mid}`, { field })
  if (others.length > 0) refuse('bad_request', `${field}: several acceptors have merchant ${mid}`, { field })
  return { ...channel, acceptorId, merchantNo: mid, shopNo }
}

function goodsOf({ isProductCheck, goodsDetail }: Asked): Good[] | undefined {
  const field = 'goodsDetail'
  if (goodsDetail !== undefined && goodsDetail.length > 0) return goodsDetail
  if (isProductCheck === true) refuse('bad_request', `${field}: is missing where isProductCheck is Y`, { field })
  return undefined
}

function cardOfAsked({ cardNo }: Asked, hashCardNo: ReturnType<typeof hashCardNoWith>) {
  if (cardNo === undefined) return undefined
  const card = cardOf(cardNo, hashCardNo)
  return card ?? refuse('bad_request', 'cardNo: must be 12 to 19 digits', { field: 'cardNo' })
}

/**
 * The business fields that make two requests under one requestId the same (docs/faces/whale.md). Of the card its keyed
 * hash: the fingerprint is kept beside six and four digits, and the rest could be tried out.
 */
function fingerprintOf(asked: Asked, cardHash: string | undefined): Buffer {
  const { code, storeInfo, cashTotalAmount, goodsDetail, isProductCheck } = asked
  const { mid, shopNo, tid } = storeInfo
  const content = [code, mid, shopNo, tid, cashTotalAmount, goodsDetail, cardHash, isProductCheck]
  return hash('sha256', JSON.stringify(content), 'buffer').subarray(0, 16)
}

function detailOf({ verifyScene, requestId, refNo, cashierTransNo, remark, storeInfo }: Asked) {
  const { swift, storeName } = storeInfo
  const said = { scene: verifyScene, requestId, refNo, cashierTransNo, remark, swift, storeName }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
}

const wireNames: Record<string, string> = {
  merchant_no: 'storeInfo.mid',
  shop_no: 'storeInfo.shopNo',
  amount: 'cashTotalAmount',
}

/** A refusal of the core names the fields of a till; here they have other names. */
function inWireNames(error: unknown): unknown {
  if (!(error instanceof HubError) || error.field === undefined) return error
  const { code, message, words, explanation, cause } = error
  const field = wireNames[error.field] ?? error.field
  return new HubError(code, message.replace(new RegExp(`^${error.field}:`), `${field}:`), {
    field,
    words,
    explanation,
    cause,
  })
}
