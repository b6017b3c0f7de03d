import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { refuse } from '../../core/command/errors.ts'
import { makeNumber } from '../../core/numbers/numbers.ts'
import type { JsonObject } from '../../wire/json.ts'
import { bodyBytes, countUnproven, httpStatusOf, openPostScope, readJson, refusalOf, type FaceTools } from '../face.ts'
import type { Action, Caller } from './actions/action.ts'
import { refused, send } from './answer.ts'
import { authenticate, findAsker, mayCall, stranger, type Asker } from './authenticate.ts'
import { businessFields, requireText } from './envelope.ts'
import { face } from './face-name.ts'
import { successCode, wordsFor } from './words.ts'

/** The document leaves the path out; this is ours. */
export const whalePrefix = '/whale'
export const whalePath = whalePrefix

/** Whale's wire: one path, where the envelope says which action is meant. To be registered at its prefix. */
export function whaleFace(tools: FaceTools) {
  return async (scope: FastifyInstance): Promise<void> => {
    openPostScope(
      scope,
      [{ path: '/' }],
      (_, request, reply) => answer(tools, request, reply),
      (request, reply, error) => answerRefusal(tools, request, reply, error, stranger, undefined),
    )
  }
}

async function answer(tools: FaceTools, request: FastifyRequest, reply: FastifyReply) {
  let asker: Asker = { ...stranger }
  let caller: Caller | undefined
  try {
    // The sign is over the fields, so they are read before it can be checked.
    const body = readJson(bodyBytes(request))
    asker = findAsker(tools, body)
    caller = newCaller(tools, await authenticate(tools, request, body, asker))
    const action = requireAction(body, asker, caller)
    const given = await action.act(tools, caller, businessFields(body))
    tools.onAnswer(face, action.name, successCode)
    return await send(tools.core.hub, reply, asker, given)
  } catch (caught) {
    const error = asker.isProven ? caught : countUnproven(tools, request, caught)
    void reply.status(httpStatusOf(error, true))
    return answerRefusal(tools, request, reply, error, asker, caller?.no)
  }
}

function newCaller({ core }: FaceTools, { app, nonce }: Pick<Caller, 'app' | 'nonce'>): Caller {
  const { now, config } = core.hub
  const at = now()
  const deadline = new Date(at.getTime() + config.requestTimeoutSeconds * 1000)
  return { app, nonce, at, deadline, no: makeNumber(0, at) }
}

function requireAction(body: JsonObject, { action }: Asker, { app }: Caller): Action {
  const field = 'action'
  if (action === undefined) {
    return refuse('bad_request', `action: there is no action ${requireText(body, field)}`, { field })
  }
  if (mayCall(app, action)) return action
  const side = action.side === 'backOffice' ? 'apps of the back office alone' : 'apps of channels alone'
  return refuse('action_not_allowed', `${action.name} is for ${side}`, { field })
}

async function answerRefusal(
  tools: FaceTools,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
  asker: Asker,
  no: string | undefined,
) {
  const refusal = refusalOf(error)
  if (refusal === undefined) request.log.error({ err: error }, 'a request failed')
  tools.onAnswer(face, asker.action?.name ?? 'none', wordsFor(refusal).code)
  return send(tools.core.hub, reply, asker, refused(refusal, no))
}
