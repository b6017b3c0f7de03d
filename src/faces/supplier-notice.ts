import type { FastifyInstance, FastifyRequest } from 'fastify'
import { refuse, type ErrorCode } from '../core/command/errors.ts'
import { readSupplierNotice, newUseCommand, type SupplierUse } from '../core/supplier/notice.ts'
import { within } from '../time/waiting.ts'
import { bodyBytes, openFace, type FaceTools } from './face.ts'

/** Where suppliers of one kind tell of uses. */
type SupplierNotices = {
  kind: string
  /** What is told when a message was taken: HTTP status and body. */
  taken: { status: number; body?: object }
}

type Words = { status: number; message: string }

const unavailable = 503

// Suppliers send again what is not answered as taken. Nobody reads the message but who looks into it.
const words: Partial<Record<ErrorCode, Words>> = {
  bad_request: { status: 400, message: '参数不合法' },
  bad_signature: { status: 401, message: '验签失败' },
  request_stale: { status: 401, message: '请求时间戳超时' },
  too_many_requests: { status: 429, message: '请求过于频繁' },
  setup_not_found: { status: 404, message: '通道不存在' },
  coupon_not_found: { status: unavailable, message: '券尚未登记，请重发' },
  coupon_busy: { status: unavailable, message: '券处理中，请重发' },
  busy: { status: unavailable, message: '系统繁忙，请重发' },
  outcome_unknown: { status: unavailable, message: '处理结果未知，请重发' },
}

const systemError: Words = { status: 500, message: '系统异常' }

const answerMilliseconds = 4_500

type Asker = { isProven: boolean }
/** The HTTP status is the code. */
type Answer = { words: { code: number }; body: object | undefined }

/**
 * Takes what suppliers of a kind tell of coupons that were used: each has an address of its own. What is authentic and
 * written down is answered as taken within 5 s, whatever else with `code` and `message`, and is then sent again.
 */
export function supplierNoticeFace(tools: FaceTools, notices: SupplierNotices) {
  return async (scope: FastifyInstance): Promise<void> =>
    openFace<{ path: string }, Asker, Answer>(scope, tools, {
      // A supplier's kind may have the name of a face.
      name: `${notices.kind} notices`,
      endpoints: [{ path: '/:supplierId' }],
      meet: () => ({ isProven: false }),
      act: async (asker, _, request) => {
        const use = hear(tools, notices, request)
        asker.isProven = true
        if (use !== undefined) await record(tools, supplierIdOf(request), use)
        return { words: { code: notices.taken.status }, body: notices.taken.body }
      },
      isUnproven: ({ isProven }) => !isProven,
      refuse: (refusal, _, { httpStatus }) => {
        const { status, message } = (refusal && words[refusal.code]) ?? systemError
        return { words: { code: httpStatus === 200 ? status : httpStatus }, body: { code: 'FAIL', message } }
      },
      send: (reply, _, answer) => reply.status(answer.words.code).send(answer.body),
    })
}

const supplierIdOf = (request: FastifyRequest): string => (request.params as { supplierId: string }).supplierId

function hear({ core }: FaceTools, { kind }: SupplierNotices, request: FastifyRequest): SupplierUse | undefined {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
  const message = { headers, body: bodyBytes(request) }
  return readSupplierNotice(core, { kind, supplierId: supplierIdOf(request), message })
}

// What is not written down in time is sent again, and is then the same use.
async function record({ core }: FaceTools, supplierId: string, use: SupplierUse): Promise<void> {
  const recorded = await within(answerMilliseconds, core.recordUse(newUseCommand(core.hub, 0, supplierId, use)))
  if (recorded === undefined) refuse('outcome_unknown', 'the use could not be written down in time')
}
