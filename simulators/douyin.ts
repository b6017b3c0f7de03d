import { randomUUID } from 'node:crypto'
import { isJsonObject, parseJson } from './json.ts'
import type { JsonObject } from './json.ts'
import type { Answer } from './receiving-server.ts'
import { keep } from './redeem-codes.ts'
import type { RedeemCode, RedeemCodes } from './redeem-codes.ts'
import { startRedeemServer } from './redeem-server.ts'
import type { RedeemServer, RedeemServerOptions } from './redeem-server.ts'
import type { ServedRequest } from './serve.ts'

export type DouyinOptions = RedeemServerOptions & {
  clientKey: string
  clientSecret: string
  /** Whether `verify` with a known verify_token says 1208 instead of telling the first answer again. */
  isForgetful?: boolean
  /** How long a token holds; two hours where absent. */
  tokenSeconds?: number
}

export type Douyin = RedeemServer & {
  /** What a QR code of this code contains: a short link. */
  linkOf: (code: string) => string
  /** Makes the token that was given no good. */
  dropToken: () => void
}

const base = '/goodlife/v1/fulfilment/certificate'

export const douyinPaths = {
  token: '/oauth/client_token/',
  prepare: `${base}/prepare/`,
  verify: `${base}/verify/`,
  cancel: `${base}/cancel/`,
  get: `${base}/get/`,
}

const linkPrefix = '/s/'
const hour = 3_600_000

const help = `Douyin's open platform for coupons (生活服务, 团购核销), for trying a hub out.

POST   ${douyinPaths.token}     a client token
GET    ${douyinPaths.prepare}   the coupons of a code or of a scanned link, and a verify_token
POST   ${douyinPaths.verify}    uses a coupon, once per verify_token
POST   ${douyinPaths.cancel}    takes that back, for an hour
GET    ${douyinPaths.get}       how a coupon was used
GET    ${linkPrefix}...         where a scanned link leads: a redirect with an object_id
`

type Desk = {
  options: DouyinOptions
  codes: RedeemCodes
  /** The codes by the verify_token that they were prepared with. */
  prepared: Map<string, string>
  token: { value: string | undefined }
  now: () => Date
}

const seconds = (at: Date): number => Math.floor(at.getTime() / 1000)

function said(data: JsonObject, code = 0, description = ''): Answer {
  const error = { error_code: code, description }
  return { status: 200, body: { data: { ...error, ...data }, extra: { ...error, sub_error_code: 0, logid: 'L1' } } }
}

const failed = (code: number, description: string): Answer => said({}, code, description)

const encrypted = (code: string): string => `CgYIASAHKAESLgos${Buffer.from(code).toString('base64')}/+=`
const encryptedCode = ({ codes }: Desk, text: unknown): RedeemCode | undefined =>
  codes.list().find(({ code }) => encrypted(code) === text)

function giveToken({ options, token }: Desk, { text }: ServedRequest): Answer {
  const body = parseJson(text)
  const { client_key: key, client_secret: secret, grant_type: kind } = isJsonObject(body) ? body : {}
  if (key !== options.clientKey || secret !== options.clientSecret || kind !== 'client_credential') {
    return failed(10_003, 'client_key 错误')
  }
  token.value = `clt.${randomUUID()}`
  return said({ access_token: token.value, expires_in: options.tokenSeconds ?? 7200 })
}

function prepare(desk: Desk, search: URLSearchParams): Answer {
  const code = search.get('code')
  const found = code === null ? encryptedCode(desk, search.get('encrypted_data')) : desk.codes.find(code)
  if (search.get('poi_id') === null) return failed(2_100_005, 'poi_id 参数不合法')
  // Of codes that cannot be used it says nothing, but that there are none; those past their end are still there.
  if (found === undefined || !['unused', 'expired', 'elsewhere'].includes(found.state))
    return said({ certificates: [] })
  const verifyToken = randomUUID()
  keep(desk.prepared, verifyToken, found.code, 10_000)
  return said({ verify_token: verifyToken, order_id: '1077', certificates: [certificateOf(found)] })
}

const certificateOf = ({ code, state }: RedeemCode): JsonObject => ({
  encrypted_code: encrypted(code),
  start_time: 1_767_196_800,
  expire_time: state === 'expired' ? 1_769_875_200 : 2_082_729_600,
  amount: { original_amount: 12_800, pay_amount: 6800 },
  sku: { sku_id: '7001', title: '双人下午茶', groupon_type: 1 },
})

const results: Record<string, [result: number, msg: string]> = {
  used: [1208, '券码已核销'],
  refunded: [1209, '券码已退款'],
  expired: [1210, '券码已过期'],
  early: [1211, '券码未到可用时间'],
  elsewhere: [1212, '该门店不可用'],
  frozen: [1213, '券码已冻结'],
}

function verify(desk: Desk, { verify_token: token, encrypted_codes: asked, poi_id: poiId }: JsonObject): Answer {
  const code = desk.codes.find(desk.prepared.get(String(token)))
  const [first] = Array.isArray(asked) && asked.length === 1 ? (asked as unknown[]) : []
  if (code === undefined || encrypted(code.code) !== first || typeof poiId !== 'string') {
    return failed(2_100_005, '参数不合法')
  }
  const isRepeat = code.usedBy === token && desk.options.isForgetful !== true
  const [result, msg] = isRepeat ? [0, ''] : (results[code.state] ?? [0, ''])
  if (result === 0 && !isRepeat) desk.codes.use(code, String(token), desk.now())
  const use = result === 0 ? { verify_id: verifyIdOf(code), certificate_id: certificateIdOf(code) } : {}
  return said({ verify_results: [{ result, msg, code: encrypted(code.code), ...use }] })
}

const verifyIdOf = ({ usedBy = '' }: RedeemCode): string => `7${usedBy.replaceAll(/\D/g, '').slice(0, 18)}`
const certificateIdOf = ({ code }: RedeemCode): string => `8${code}`

const canCancel = ({ now }: Desk, { usedAt }: RedeemCode): boolean =>
  usedAt !== undefined && now().getTime() - usedAt.getTime() < hour

function cancel(desk: Desk, { verify_id: verifyId, certificate_id: certificateId }: JsonObject): Answer {
  const code = desk.codes.list().find((found) => certificateIdOf(found) === certificateId)
  if (code?.state !== 'used' || verifyIdOf(code) !== verifyId) return failed(2_119_001, '核销记录不存在')
  if (!canCancel(desk, code)) return failed(2_119_002, '核销已超过一小时')
  desk.codes.unuse(code)
  return said({})
}

function get(desk: Desk, search: URLSearchParams): Answer {
  const code = encryptedCode(desk, search.get('encrypted_code'))
  if (code === undefined) return failed(2_119_003, '券码不存在')
  const use = {
    verify_id: verifyIdOf(code),
    certificate_id: certificateIdOf(code),
    verify_time: seconds(code.usedAt ?? desk.now()),
    can_cancel: canCancel(desk, code),
  }
  return said({ certificate: { ...certificateOf(code), ...(code.state === 'used' ? { verify: use } : {}) } })
}

function follow({ path }: ServedRequest): Answer {
  const id = encodeURIComponent(encrypted(path.slice(linkPrefix.length)))
  const location = `https://www.iesdouyin.com/share/commerce/coupon/?schema_type=13&object_id=${id}&utm_medium=ios`
  return { status: 302, body: {}, headers: { location } }
}

function act(desk: Desk, request: ServedRequest): Answer {
  const { method, path, search, headers, text } = request
  if (path.startsWith(linkPrefix)) return follow(request)
  if (path === douyinPaths.token) return giveToken(desk, request)
  const isToken = desk.token.value !== undefined && headers['access-token'] === desk.token.value
  if (!isToken) return failed(2_190_008, 'access_token过期,请刷新或重新授权')
  const query = new URLSearchParams(search)
  const body = parseJson(text)
  const fields = isJsonObject(body) ? body : {}
  switch (`${method} ${path}`) {
    case `GET ${douyinPaths.prepare}`:
      return prepare(desk, query)
    case `POST ${douyinPaths.verify}`:
      return verify(desk, fields)
    case `POST ${douyinPaths.cancel}`:
      return cancel(desk, fields)
    case `GET ${douyinPaths.get}`:
      return get(desk, query)
    default:
      return failed(2_100_005, '请求方法不合法')
  }
}

const refusal = ({ path }: ServedRequest): Answer =>
  path === douyinPaths.verify
    ? said({ verify_results: [{ result: 1299, msg: '超出使用次数' }] })
    : failed(2_119_099, '没有权限')

/**
 * Starts Douyin's open platform. It is told how to answer in code or over HTTP (`GET /` explains).
 * @throws where the port is taken.
 */
export async function startDouyin(options: DouyinOptions): Promise<Douyin> {
  const { now = () => new Date() } = options
  const prepared = new Map<string, string>()
  const token: Desk['token'] = { value: undefined }
  const server = await startRedeemServer(options, {
    help,
    paths: Object.values(douyinPaths),
    isOwn: (path) => path.startsWith(linkPrefix),
    act: (request, codes) => act({ options, codes, prepared, token, now }, request),
    refusal,
    doubt: () => failed(2_100_004, '系统繁忙,此时请开发者稍候再试'),
  })
  return {
    ...server,
    linkOf: (code) => `${server.url}${linkPrefix}${code}`,
    dropToken: () => (token.value = undefined),
  }
}
