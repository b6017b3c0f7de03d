import type { ServerResponse } from 'node:http'
import { isJsonObject, parseJson } from './json.ts'
import type { ModeStep } from './modes.ts'
import type { Answer } from './receiving-server.ts'
import { answerJson } from './serve.ts'
import type { ServedRequest } from './serve.ts'
import { act } from './wechat-pay-acts.ts'
import { errors } from './wechat-pay-answer.ts'
import { answerWechatPayControl } from './wechat-pay-control.ts'
import { queryOf } from './wechat-pay-desk.ts'
import type { WechatPayDesk } from './wechat-pay-desk.ts'
import { matchWechatPayPath, wechatPayRoutes as routes } from './wechat-pay-routes.ts'
import type { WechatPayMatch } from './wechat-pay-routes.ts'
import { problemOfSignature, signMessage } from './wechat-pay-signature.ts'

type Answering = { desk: WechatPayDesk; request: ServedRequest; response: ServerResponse }

function sendAnswer({ desk, request, response }: Answering, { status, body }: Answer, mode = 'ok'): void {
  const text = JSON.stringify(body)
  const wanted = request.headers['wechatpay-serial']
  const key = desk.platformKeys.find(({ id }) => id === wanted) ?? desk.platformKeys[0]
  const at = mode === 'stale' ? new Date(desk.now().getTime() - 301_000) : desk.now()
  const signer = mode === 'unknown-key' ? { ...key, id: `${key.id}0` } : key
  const isUnsigned = mode === 'unsigned' || isAboutStatement(request)
  const signature = isUnsigned ? {} : signMessage(mode === 'wrong-signature' ? `${text} ` : text, signer, at)
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...signature })
  response.end(text)
}

// 下载批次核销明细, 下载批次退款明细: 应答不签名.
const isAboutStatement = ({ method, path }: ServedRequest): boolean =>
  method === 'GET' && /-flow(?:-by-day)?$/.test(path)

/** While an answer is slow, its coupon is on its way: `key` says to whom, and of which stock. */
function answerSlowly(answering: Answering, answer: Answer, milliseconds: number | undefined, key: string): void {
  const { desk, response } = answering
  desk.busy.add(key)
  const timer = setTimeout(() => {
    desk.busy.delete(key)
    sendAnswer(answering, answer)
  }, milliseconds)
  response.on('close', () => {
    desk.busy.delete(key)
    clearTimeout(timer)
  })
}

function answerAsTold(
  answering: Answering,
  answer: Answer,
  { mode, milliseconds }: ModeStep<string>,
  key: string,
): void {
  switch (mode) {
    case 'timeout':
      // Open until whoever asked has had enough, or the simulator is closed.
      return undefined
    case 'slow':
      return answerSlowly(answering, answer, milliseconds, key)
    case 'garbage':
      answering.response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      return void answering.response.end('<html><body><h1>Welcome</h1></body></html>')
    case 'closed':
      return void answering.response.destroy()
    case '500':
      return sendAnswer(answering, errors.systemError('系统异常，请稍后重试'))
    default:
      return sendAnswer(answering, answer, mode)
  }
}

/** Who is to have a coupon of which stock; empty where nobody is. */
function wishKey({ method }: ServedRequest, { path, values }: WechatPayMatch, body: unknown): string {
  if (method !== 'POST' || path !== routes.userCoupons || !isJsonObject(body)) return ''
  return `${values['openid']} ${String(body['stock_id'])}`
}

/** Why a request that is signed is not even looked at; undefined where it is. */
function refusalOf(desk: WechatPayDesk, mode: string, key: string): Answer | undefined {
  if (desk.isTooOften() || mode === '429') return errors.frequencyLimited('频率超限')
  if (mode === 'refuse') return errors.notEnough('批次预算不足')
  return key !== '' && desk.busy.has(key) ? errors.ruleLimit('用户已达最大领券限制') : undefined
}

function answerSigned(answering: Answering, match: WechatPayMatch, url: string): void {
  const { desk, request, response } = answering
  const step = desk.modes.take(match.path)
  const body = parseJson(request.text)
  const problem = problemOfSignature(request, desk.merchant, desk.now())
  const { method, path, search } = request
  const isSignatureValid = problem === undefined
  desk.inbox.add({ method, path, search, receivedAt: desk.now(), body, isSignatureValid, mode: step.mode })
  // Whoever is not known is told so without a signature.
  if (problem !== undefined) return answerJson(response, 401, errors.signError(problem).body)
  if (match.path === routes.download) return answerFile(desk, request, response)
  const key = wishKey(request, match, body)
  const refusal = refusalOf(desk, step.mode, key)
  if (refusal !== undefined) return sendAnswer(answering, refusal)
  return answerAsTold(answering, act({ desk, request, match, body, url }), step, key)
}

// Files are not signed: their hash is.
function answerFile(desk: WechatPayDesk, request: ServedRequest, response: ServerResponse): void {
  const text = desk.statements.read(queryOf(request).get('token'))
  if (text === undefined) return answerJson(response, 404, errors.notFound('下载链接已失效').body)
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(text)
}

function answerAuthorization({ desk, request, response }: Answering): void {
  const result = desk.oauth.authorize(queryOf(request))
  if ('location' in result) return void response.writeHead(302, { location: result.location }).end()
  response.writeHead(400, { 'content-type': 'text/html; charset=utf-8' })
  response.end(`<html><body><p>${result.problem}</p></body></html>`)
}

/** Answers one request; `url` is where this simulator is reached. */
export function handle(answering: Answering, url: string): void {
  const { desk, request, response } = answering
  const match = matchWechatPayPath(request.path)
  if (match === undefined) return answerWechatPayControl(desk, request, response)
  if (match.path === routes.authorize) return answerAuthorization(answering)
  if (match.path === routes.accessToken) return answerToken(answering)
  return answerSigned(answering, match, url)
}

function answerToken({ desk, request, response }: Answering): void {
  const { mode } = desk.modes.take(routes.accessToken)
  if (mode === 'timeout') return undefined
  if (mode === 'closed') return void response.destroy()
  if (mode === '500') return answerJson(response, 500, { errcode: -1, errmsg: 'system error' })
  if (mode === '429') return answerJson(response, 200, { errcode: -1, errmsg: 'system busy' })
  const { status, body } = desk.oauth.accessToken(queryOf(request))
  return answerJson(response, status, mode === 'garbage' ? '<html>' : body)
}
