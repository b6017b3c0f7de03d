import type { FastifyInstance } from 'fastify'
import { refuse } from '../../core/command/errors.ts'
import { makeNumber } from '../../core/numbers/numbers.ts'
import type { JsonObject } from '../../wire/json.ts'
import { bodyBytes, openFace, readJson, type FaceTools } from '../face.ts'
import type { Action, Caller } from './actions/action.ts'
import { refused, send, type Answer } from './answer.ts'
import { authenticate, findAsker, mayCall, stranger, type Asker } from './authenticate.ts'
import { businessFields, requireText } from './envelope.ts'
import { face, successCode } from './words.ts'

/** The document leaves the path out; this is ours. */
export const whalePrefix = '/whale'
export const whalePath = whalePrefix

/** Who asks, and the number of its command where the request gets so far. */
type Asking = Asker & { no: string | undefined }

/** Whale's wire: one path, where the envelope says which action is meant. To be registered at its prefix. */
export function whaleFace(tools: FaceTools) {
  return async (scope: FastifyInstance): Promise<void> =>
    openFace<{ path: string }, Asking, Answer>(scope, tools, {
      name: face,
      endpoints: [{ path: '/' }],
      meet: () => ({ ...stranger, no: undefined }),
      act: async (asker, _, request) => {
        // The sign is over the fields, so they are read before it can be checked.
        const body = readJson(bodyBytes(request))
        Object.assign(asker, findAsker(tools, body))
        const caller = newCaller(tools, await authenticate(tools, request, body, asker))
        asker.no = caller.no
        const action = requireAction(body, asker, caller)
        return { words: { code: successCode }, business: await action.act(tools, caller, businessFields(body)) }
      },
      isUnproven: ({ isProven }) => !isProven,
      refuse: (refusal, { no }) => refused(refusal, no),
      send: (reply, asker, { business }) => send(tools.core.hub, reply, asker, business),
      endpointOf: ({ action }) => action?.name ?? 'none',
    })
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
