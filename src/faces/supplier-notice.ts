import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { refuse } from '../core/command/errors.ts'
import { hearSupplier, type SupplierUse, newUseCommand } from '../core/supplier/hear.ts'
import { bodyBytes, countUnproven, endpointOf, openPostScope, refusalOf, type FaceTools } from './face.ts'
import { wordsFor } from './supplier-notice-words.ts'

/** Where suppliers of one kind tell of uses. */
export type SupplierNotices = {
  kind: string
  /** What is told when a message was taken: HTTP status and body. */
  taken: { status: number; body?: object }
}

const path = '/:supplierId'
const answerMilliseconds = 4_500

/**
 * Takes what suppliers of a kind tell of coupons that were used: each has an address of its own. What is authentic and
 * written down is answered as taken within 5 s, whatever else with `code` and `message`, and is then sent again.
 */
export function supplierNoticeFace(tools: FaceTools, notices: SupplierNotices) {
  return async (scope: FastifyInstance): Promise<void> => {
    openPostScope(
      scope,
      [{ path }],
      (_, request, reply) => answer(tools, notices, request, reply),
      (request, reply, error) => answerRefusal(tools, notices, request, reply, error, reply.statusCode),
    )
  }
}

async function answer(tools: FaceTools, notices: SupplierNotices, request: FastifyRequest, reply: FastifyReply) {
  let use: SupplierUse | undefined
  try {
    use = hear(tools, notices, request)
  } catch (error) {
    return answerRefusal(tools, notices, request, reply, countUnproven(tools, request, error))
  }
  try {
    if (use !== undefined) await record(tools, supplierIdOf(request), use)
    const { status, body } = notices.taken
    tools.onAnswer(labelOf(notices), endpointOf(request), String(status))
    return await reply.status(status).send(body)
  } catch (error) {
    return answerRefusal(tools, notices, request, reply, error)
  }
}

// A supplier's kind may have the name of a face.
const labelOf = ({ kind }: SupplierNotices): string => `${kind} notices`

const supplierIdOf = (request: FastifyRequest): string => (request.params as { supplierId: string }).supplierId

function hear({ core }: FaceTools, { kind }: SupplierNotices, request: FastifyRequest): SupplierUse | undefined {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
  const message = { headers, body: bodyBytes(request) }
  return hearSupplier(core, { kind, supplierId: supplierIdOf(request), message })
}

// What is not written down in time is sent again, and is then the same use.
async function record({ core }: FaceTools, supplierId: string, use: SupplierUse): Promise<void> {
  const recorded = core.recordUse(newUseCommand(core.hub, 0, supplierId, use)).then(() => true)
  const isInTime = await Promise.race([recorded, sleep(answerMilliseconds, false, { ref: false })])
  if (!isInTime) refuse('outcome_unknown', 'the use could not be written down in time')
}

async function answerRefusal(
  { onAnswer }: FaceTools,
  notices: SupplierNotices,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
  status = 200,
) {
  const refusal = refusalOf(error)
  if (refusal === undefined) request.log.error({ err: error }, 'a request failed')
  const words = wordsFor(refusal)
  const told = status === 200 ? words.status : status
  onAnswer(labelOf(notices), endpointOf(request), String(told))
  return reply.status(told).send({ code: 'FAIL', message: words.message })
}
