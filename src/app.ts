import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import type { Core } from './core/core.ts'
import { codeImagePrefix, codeImageRoutes } from './faces/code-image.ts'
import { exchangeFace, exchangePrefix } from './faces/exchange/index.ts'
import { createAdmission } from './faces/admission.ts'
import { openidFace, openidPrefix } from './faces/openid/index.ts'
import type { AskWeChat } from './faces/openid/wechat-oauth.ts'
import { lakalaNotifyFace, lakalaNotifyPrefix, lakalaFace, lakalaPrefix } from './faces/lakala/index.ts'
import { shoubeiFace, shoubeiPrefix } from './faces/shoubei/index.ts'
import type { FaceTools } from './faces/face.ts'
import { wechatPayFace, wechatPayPrefix } from './faces/wechat-pay/index.ts'
import { whaleFace, whalePrefix } from './faces/whale/index.ts'
import { parseAddressPolicy } from './wire/address.ts'
import { limitConnections } from './listening.ts'
import type { Metrics } from './metrics.ts'

type AppOptions = {
  core: Core
  metrics: Metrics
  /** Whether the hub can do its work now; a reason where it cannot. */
  readiness: () => Promise<string | undefined>
  askWeChat: AskWeChat
}

const longestBodyBytes = 256 * 1024

/** The hub's HTTP side: each face in a scope of its own, and what operators watch. Not yet listening. */
export function buildApp({ core, metrics, readiness, askWeChat }: AppOptions): FastifyInstance {
  const { config } = core.hub
  const loggerInstance: FastifyBaseLogger = core.hub.log
  const app = Fastify({
    loggerInstance,
    // A log of its own for each request would cost more than most of what is done for it.
    childLoggerFactory: (logger) => logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: longestBodyBytes,
    trustProxy: config.trustedProxies.length > 0 ? config.trustedProxies : false,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    requestTimeout: config.receiveTimeoutSeconds * 1000,
    // Node looks for connections that are late twice a minute, where it is not told otherwise.
    http: { headersTimeout: config.receiveTimeoutSeconds * 1000, connectionsCheckingInterval: 500 },
    // A URL that cannot be decoded belongs to no face.
    frameworkErrors: (_error, _request, reply) => {
      reply.raw.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"bad_request"}')
    },
  })
  const tools: FaceTools = {
    core,
    admission: createAdmission(core.hub),
    addresses: parseAddressPolicy({
      allowedNetworks: config.callbackNetworks,
      isLoopbackAllowed: config.isSandbox,
    }),
    publicUrl: () => config.publicUrl ?? listeningUrl(app, config.host),
    onAnswer: metrics.onAnswer,
  }
  void app.register(lakalaFace(tools), { prefix: lakalaPrefix })
  void app.register(shoubeiFace(tools), { prefix: shoubeiPrefix })
  void app.register(whaleFace(tools), { prefix: whalePrefix })
  void app.register(openidFace(tools, askWeChat), { prefix: openidPrefix })
  void app.register(lakalaNotifyFace(tools), { prefix: lakalaNotifyPrefix })
  void app.register(wechatPayFace(tools), { prefix: wechatPayPrefix })
  void app.register(exchangeFace(tools), { prefix: exchangePrefix })
  void app.register(codeImageRoutes(core), { prefix: codeImagePrefix })
  addWatching(app, metrics, readiness)
  limitConnections(app.server, config)
  return app
}

// Known once the hub listens: port 0 is any port.
function listeningUrl({ server }: FastifyInstance, host: string): string {
  const address = server.address()
  return urlOf(host, typeof address === 'object' && address !== null ? address.port : 0)
}

/** The address of this machine under which a hub on `host` is reached. */
export function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

const welcome = `Quanhub 券枢: this is a coupon hub. It has no pages here.

For partners: POST to /lakala/…, /openpay/… (Shoubei), /whale, /v1/openapi/… (Exchange), signed as their documents say;
docs/faces in the package has them, with examples. \`quanhub partner check\` tells what is wrong with a signed request.
For operators: \`quanhub --help\` on the hub's own machine; /healthz, /readyz and /metrics for those who watch it.
`

function addWatching(app: FastifyInstance, metrics: Metrics, readiness: AppOptions['readiness']): void {
  app.get('/', (_request, reply) => reply.type('text/plain; charset=utf-8').send(welcome))
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const reason = await readiness()
    return reason === undefined ? { status: 'ready' } : reply.status(503).send({ status: 'not ready', reason })
  })
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  )
  app.setNotFoundHandler((_request, reply) => reply.status(404).send({ error: 'not_found' }))
}
