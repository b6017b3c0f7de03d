import { isJsonObject, parseJson } from './json.ts'
import type { JsonObject } from './json.ts'
import { meituanSign } from './meituan-signature.ts'
import type { Answer } from './receiving-server.ts'
import type { CodeState, RedeemCode, RedeemCodes } from './redeem-codes.ts'
import { startRedeemServer } from './redeem-server.ts'
import type { RedeemServer, RedeemServerOptions } from './redeem-server.ts'
import type { ServedRequest } from './serve.ts'

export type MeituanOptions = RedeemServerOptions & {
  developerId: string
  signKey: string
  appAuthToken: string
  /** Whether `consume` under a known `requestId` says 1008 instead of telling the first answer again. */
  isForgetful?: boolean
}

const base = '/ddzh/tuangou/receipt'

/** The paths of its gateway that it serves. */
export const meituanPaths = {
  prepare: `${base}/prepare`,
  consume: `${base}/consume`,
  reverseconsume: `${base}/reverseconsume`,
  getconsumed: `${base}/getconsumed`,
}

const help = `Meituan's gateway for coupons (到店综合, 团购核销), for trying a hub out.

POST   ${meituanPaths.prepare}          whether a code may be used
POST   ${meituanPaths.consume}          uses it, once per requestId
POST   ${meituanPaths.reverseconsume}   takes that back
POST   ${meituanPaths.getconsumed}      how it was used
`

const yes = (data: unknown): JsonObject => ({ code: 'OP_SUCCESS', msg: 'success', data })
const no = (code: number, msg: string): JsonObject => ({ code, msg })

const refusals: Record<Exclude<CodeState, 'unused'>, JsonObject> = {
  used: no(1008, '此券码已被验证'),
  refunded: no(1011, '该券码已申请退款'),
  expired: no(1009, '此团购券已过期'),
  early: no(1015, '团购券有效期未开始'),
  elsewhere: no(1012, '此团购券不可在本店消费'),
  frozen: no(1024, '当前券码所属用户账号已被冻结'),
}
const notFound = no(1006, '此券号不存在')

// Of deals and people no more than one of each is needed.
const deal = { dealId: 717_171_717_171, dealTitle: '双人下午茶', dealPrice: 68.0, dealMarketPrice: 128.0 }

const check = (code: RedeemCode | undefined): JsonObject | undefined => {
  if (code === undefined) return notFound
  return code.state === 'unused' ? undefined : refusals[code.state]
}

type Desk = { codes: RedeemCodes; now: () => Date; isForgetful: boolean }

function prepare(code: RedeemCode | undefined): JsonObject {
  const endsAt = Date.parse('2036-01-01T00:00:00+08:00')
  return check(code) ?? yes({ ...deal, count: 1, receiptCode: code!.code, receiptEndDate: endsAt })
}

function consume({ codes, now, isForgetful }: Desk, code: RedeemCode | undefined, biz: JsonObject): JsonObject {
  const { requestId, count, appShopAccount, appShopAccountName } = biz
  const given = [requestId, appShopAccount, appShopAccountName]
  if (!given.every((text) => typeof text === 'string' && text !== '') || count !== 1) return no(1001, '报文解析失败')
  if (code !== undefined && code.usedBy === requestId && !isForgetful) return yes([consumed(code)])
  const refusal = check(code)
  if (refusal !== undefined) return refusal
  codes.use(code!, String(requestId), now())
  return yes([consumed(code!)])
}

const consumed = ({ code, usedBy, usedAt }: RedeemCode): JsonObject => ({
  ...deal,
  receiptCode: code,
  requestId: usedBy,
  verifyTime: usedAt?.getTime(),
})

function reverse({ codes }: Desk, code: RedeemCode | undefined, { dealId }: JsonObject): JsonObject {
  if (code === undefined) return notFound
  if (code.state !== 'used' || dealId !== String(deal.dealId)) return no(1002, '验证失败')
  codes.unuse(code)
  return yes(null)
}

function act(desk: Desk, path: string, biz: JsonObject): JsonObject {
  const code = desk.codes.find(biz.receiptCode)
  switch (path) {
    case meituanPaths.prepare:
      return prepare(code)
    case meituanPaths.consume:
      return consume(desk, code, biz)
    case meituanPaths.reverseconsume:
      return reverse(desk, code, biz)
    default:
      return code?.state === 'used' ? yes(consumed(code)) : notFound
  }
}

/** Whether the form is signed and has what every request has. */
function isTaken({ developerId, signKey, appAuthToken }: MeituanOptions, form: Record<string, string>): boolean {
  const { businessId = '', timestamp = '', charset, version, sign } = form
  const isWhole = businessId === '58' && /^\d{10}$/.test(timestamp) && charset === 'UTF-8' && version === '2'
  const isKnown = form['developerId'] === developerId && form['appAuthToken'] === appAuthToken
  return isWhole && isKnown && sign === meituanSign(form, signKey)
}

/**
 * Starts Meituan's gateway. It is told how to answer in code or over HTTP (`GET /` explains).
 * @throws where the port is taken.
 */
export async function startMeituan(options: MeituanOptions): Promise<RedeemServer> {
  const { now = () => new Date(), isForgetful = false } = options
  const answer = ({ path, text, headers }: ServedRequest, codes: RedeemCodes): Answer => {
    const isForm = String(headers['content-type']).startsWith('application/x-www-form-urlencoded')
    const form = Object.fromEntries(new URLSearchParams(text))
    const biz = parseJson(form['biz'] ?? '')
    if (!isForm || !isTaken(options, form) || !isJsonObject(biz)) {
      return { status: 200, body: no(100_002, 'sign error') }
    }
    return { status: 200, body: act({ codes, now, isForgetful }, path, biz) }
  }
  return startRedeemServer(options, {
    help,
    paths: Object.values(meituanPaths),
    act: answer,
    refusal: () => ({ status: 200, body: no(1003, '库存不足') }),
    doubt: () => ({ status: 200, body: no(1004, '部分验证成功') }),
  })
}
