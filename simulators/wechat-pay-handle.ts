import type { ServerResponse } from 'node:http'
import { parseJson } from './json.ts'
import type { JsonObject } from './json.ts'
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

function sendAnswer(
  desk: WechatPayDesk,
  request: ServedRequest,
  response: ServerResponse,
  answer: Answer,
  mode: string,
) {
  const { status, body } = answer
  const text = JSON.stringify(body)
  const wanted = request.headers['wechatpay-serial']
  const key = desk.platformKeys.find(({ id }) => id === wanted) ?? desk.platformKeys[0]
  if (key === undefined) throw new Error('platformKeys is empty: give one key at least.')
  const at = mode === 'stale' ? new Date(desk.now().getTime() - 301_000) : desk.now()
  const signer = mode === 'unknown-key' ? { ...key, id: `${key.id}0` } : key
  const signature = mode === 'unsigned' ? {} : signMessage(mode === 'wrong-signature' ? `${text} ` : text, signer, at)
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...signature })
  response.end(text)
}

type Answering = { desk: WechatPayDesk; request: ServedRequest; response: ServerResponse }

function answerAsTold(
  { desk, request, response }: Answering,
  answer: Answer,
  step: ModeStep<string>,
  key: string,
): void {
  switch (step.mode) {
    case 'timeout':
      // Open until whoever asked has had enough, or the simulator is closed.
      return undefined
    case 'slow': {
      desk.busy.add(key)
      const timer = setTimeout(() => {
        desk.busy.delete(key)
        sendAnswer(desk, request, response, answer, 'ok')
      }, step.milliseconds)
      return void response.on('close', () => {
        desk.busy.delete(key)
        clearTimeout(timer)
      })
    }
    case 'garbage':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      return void response.end('<html><body><h1>Welcome</h1></body></html>')
    case 'closed':
      return void response.destroy()
    case '500':
      return sendAnswer(desk, request, response, errors.systemError('系统异常，请稍后重试'), 'ok')
    default:
      return sendAnswer(desk, request, response, answer, step.mode)
  }
}

const heldKey = ({ path, values }: WechatPayMatch, body: unknown): string =>
  path === routes.userCoupons ? `${values['openid']} ${String((body as JsonObject | null)?.['stock_id'])}` : ''

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
  const key = heldKey(match, body)
  if (desk.isTooOften() || step.mode === '429') {
    return sendAnswer(desk, request, response, errors.frequencyLimited('频率超限'), 'ok')
  }
  if (step.mode === 'refuse') return sendAnswer(desk, request, response, errors.notEnough('批次预算不足'), 'ok')
  if (key !== '' && method === 'POST' && desk.busy.has(key)) {
    return sendAnswer(desk, request, response, errors.ruleLimit('用户已达最大领券限制'), 'ok')
  }
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
