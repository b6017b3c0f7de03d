import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { DeliverLink } from '../../core/set-up/snapshot.ts'
import { renderCode } from '../code-image.ts'
import { endpointOf, openFaceScope, type FaceTools } from '../face.ts'
import * as pages from './pages.ts'
import { checkState, makeState } from './state.ts'
import { isWayBackAllowed, readWayBack, wayBackWith } from './way-back.ts'
import { authorizeUrl, nameHolder, type AskWeChat, type Named } from './wechat-oauth.ts'

/** Lakala §1: the path is the document's. */
export const openidPrefix = '/deliverWM'
const paths = { start: '/:deliverId', back: '/:deliverId/back' }

/** What a request asks for: a link that is switched on, and where to go back to. */
type Asked = { link: DeliverLink; wayBack: string }
type Answer = pages.Page | { redirect: string; outcome: string }
type Request = FastifyRequest<{ Params: { deliverId: string }; Querystring: Record<string, unknown> }>

/**
 * Lakala §1, 获取 openid: a holder comes from a channel's page, is named by WeChat and sent back with the openid. To be
 * registered at its prefix.
 */
export function openidFace(tools: FaceTools, ask: AskWeChat) {
  return async (scope: FastifyInstance): Promise<void> => {
    openFaceScope(scope, async (request, reply, error) => answerError(tools, request, reply, error))
    const act = { [paths.start]: start, [paths.back]: goBack }
    for (const [url, handle] of Object.entries(act)) {
      scope.route({
        method: ['GET', 'HEAD'],
        url,
        handler: async (request, reply) => {
          const asked = readAsked(tools, request as Request)
          const answer = 'status' in asked ? asked : await handle(tools, request as Request, asked, ask)
          return send(tools, request, reply, answer)
        },
      })
      scope.route({
        method: ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
        url,
        handler: (request, reply) => send(tools, request, reply.header('allow', 'GET, HEAD'), pages.wrongMethodPage()),
      })
    }
  }
}

function readAsked({ core }: FaceTools, request: Request): Asked | pages.Page {
  const link = core.setup.current().deliverLinks.get(request.params.deliverId)
  if (link === undefined || !link.isEnabled || !isChannelOn(core, link)) return pages.unknownLinkPage()
  const wayBack = readWayBack(request.url)
  if (wayBack === undefined || !isWayBackAllowed(wayBack, link.hosts)) return pages.wrongWayBackPage()
  return { link, wayBack }
}

const isChannelOn = (core: FaceTools['core'], { channelId }: DeliverLink): boolean =>
  core.setup.current().channels.get(channelId)?.isEnabled === true

async function start(tools: FaceTools, request: Request, asked: Asked): Promise<Answer> {
  if (!isInWeChat(request)) return scanPage(tools, asked)
  const { hub } = tools.core
  const state = makeState(hub.keyring, asked.link.id, asked.wayBack, hub.now())
  const back = addressOf(tools, asked, '/back')
  return { redirect: authorizeUrl(hub.config.wechat, asked.link.wechatAppId, back, state), outcome: 'asked' }
}

const longestScanned = 2_000

const isInWeChat = (request: Request): boolean => /\bMicroMessenger\//i.test(request.headers['user-agent'] ?? '')

async function scanPage(tools: FaceTools, asked: Asked): Promise<Answer> {
  const address = addressOf(tools, asked)
  // A code holds some two thousand characters: a longer address is there to be copied.
  const qrCode = address.length > longestScanned ? undefined : String(await renderCode(address, 'QRCODE', 'svg'))
  return pages.scanPage(address, qrCode)
}

/** The link from its beginning, or the address behind it that WeChat sends back to. */
const addressOf = ({ publicUrl }: FaceTools, { link, wayBack }: Asked, step = ''): string =>
  `${publicUrl()}${openidPrefix}/${encodeURIComponent(link.id)}${step}?wmcb=${encodeURIComponent(wayBack)}`

async function goBack(tools: FaceTools, request: Request, asked: Asked, ask: AskWeChat): Promise<Answer> {
  const { hub } = tools.core
  const { state, code } = request.query
  const again = pages.againPage(addressOf(tools, asked))
  if (typeof state !== 'string') return pages.forgedPage()
  const judged = checkState(hub.keyring, state, asked.link.id, asked.wayBack, hub.now())
  if (judged === 'forged') return pages.forgedPage()
  if (judged === 'old' || typeof code !== 'string' || !/^[\x21-\x7e]{1,512}$/.test(code)) return again
  const { wechatAppId: appId, wechatSecret } = asked.link
  const named = await nameHolder(hub.config.wechat, { appId, secret: hub.keyring.decrypt(wechatSecret) }, code, ask)
  return told(tools, request, asked, named)
}

function told(tools: FaceTools, request: Request, asked: Asked, named: Named): Answer {
  if (named.kind === 'openid') return { redirect: wayBackWith(asked.wayBack, named.openid), outcome: 'named' }
  if (named.kind === 'snapshot') return pages.snapshotPage(addressOf(tools, asked))
  const { reason } = named
  request.log.warn({ deliverLinkId: asked.link.id, reason }, 'WeChat did not name a holder')
  return named.kind === 'set-up' ? pages.setUpPage() : pages.againPage(addressOf(tools, asked))
}

function send({ onAnswer }: FaceTools, request: FastifyRequest, reply: FastifyReply, answer: Answer) {
  const isPage = 'html' in answer
  onAnswer('openid', endpointOf(request), isPage ? String(answer.status) : answer.outcome)
  void reply.headers(pages.pageHeaders)
  if (isPage) return reply.status(answer.status).send(answer.html)
  return reply.status(302).header('location', answer.redirect).send('')
}

async function answerError(tools: FaceTools, request: FastifyRequest, reply: FastifyReply, error: unknown) {
  if (request.is404) return send(tools, request, reply, pages.unknownLinkPage())
  const { statusCode = 500 } = error as { statusCode?: number }
  if (statusCode < 500) return send(tools, request, reply, pages.wrongMethodPage())
  request.log.error({ err: error }, 'a holder could not be sent on')
  return send(tools, request, reply, pages.failedPage())
}
