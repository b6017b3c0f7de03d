import type { ServerResponse } from 'node:http'
import type { EsbDesk } from './esb-desk.ts'
import { parseEsbMode } from './esb-modes.ts'
import type { EsbModes, EsbModeStep } from './esb-modes.ts'
import { parseJson } from './json.ts'
import type { JsonObject } from './json.ts'
import { answerJson } from './serve.ts'
import type { ServedRequest } from './serve.ts'

const help = `An ESB that makes codes, for trying a hub out.

POST   /make      makes codes (Whale, ESB制码订单); the same sendChannelOrderId gets the same codes
POST   /verify    confirms the redemption of a code that was made here
POST   /notify    takes verify notifications
GET    /inbox     what arrived, newest last
DELETE /inbox     forget it
GET    /mode      how each path answers now
POST   /mode      {"path":"/make","mode":"slow","milliseconds":12000,"times":2}
                  modes: ok, refuse, unknown (32), timeout (done, never answered), slow, 500, garbage (done; HTML),
                  closed (done; no answer); for /make also fewer, twice, repeated (a code given before);
                  times: for so many requests, then ok again; absent: until it is set anew
`

function setMode(modes: EsbModes, text: string, response: ServerResponse): void {
  try {
    modes.set(parseEsbMode(parseJson(text)))
  } catch (error) {
    return answerJson(response, 400, { error: error instanceof Error ? error.message : String(error) })
  }
  return answerJson(response, 200, modes.list())
}

/** Serves the endpoints through which people and other programs look into the ESB and tell it how to behave. */
export function answerControl(
  { inbox, modes }: EsbDesk,
  { method, path, text }: ServedRequest,
  response: ServerResponse,
): void {
  switch (`${method} ${path}`) {
    case 'GET /':
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
      return void response.end(help)
    case 'GET /inbox':
      return answerJson(response, 200, inbox.items)
    case 'DELETE /inbox':
      inbox.clear()
      return void response.writeHead(204).end()
    case 'GET /mode':
      return answerJson(response, 200, modes.list())
    case 'POST /mode':
      return setMode(modes, text, response)
    default:
      return answerJson(response, 404, { error: `Nothing here for ${method} ${path}: GET / lists what there is.` })
  }
}

function answerSlowly(response: ServerResponse, answer: JsonObject, milliseconds: number): void {
  const timer = setTimeout(() => answerJson(response, 200, answer), milliseconds)
  response.on('close', () => clearTimeout(timer))
}

/** Says it, in the way that the mode has. */
export function answer(response: ServerResponse, said: JsonObject, { mode, milliseconds = 0 }: EsbModeStep): void {
  switch (mode) {
    case 'timeout':
      // Open until whoever asked has had enough, or the ESB is closed.
      return undefined
    case 'slow':
      return answerSlowly(response, said, milliseconds)
    case '500':
      return answerJson(response, 500, { returnCode: '99', returnMsg: '系统异常' })
    case 'garbage':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      return void response.end('<html><body><h1>Welcome</h1></body></html>')
    case 'closed':
      return void response.destroy()
    case 'ok':
    case 'refuse':
    case 'unknown':
    case 'fewer':
    case 'twice':
    case 'repeated':
      return answerJson(response, 200, said)
  }
}
