import type { ServerResponse } from 'node:http'
import { parseJson } from './json.ts'
import type { Inbox } from './receiver-inbox.ts'
import { parseMode } from './receiver-modes.ts'
import type { ReceiverModes } from './receiver-modes.ts'

export type ControlRequest = { method: string; path: string; search: string; text: string }

const help = `A bank's callback addresses, for trying a hub out.

POST   /lakala/issued        issue callbacks go here (more path may follow: /lakala/issued/branch-7)
POST   /lakala/used          write-off callbacks go here
GET    /inbox[?path=...]     what arrived, newest last, with the verdict on header and body signature
DELETE /inbox[?path=...]     forget it
GET    /mode                 how each path answers now
POST   /mode                 {"path":"/lakala/issued","mode":"slow","milliseconds":12000,"times":2}
                             modes: ok, 500, slow, wrong (code FAIL), garbage (HTML), closed (no answer);
                             times: for so many callbacks, then ok again; absent: until it is set anew
`

/** Answers with JSON, in UTF-8. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(body))
}

function answerSetMode(modes: ReceiverModes, text: string, response: ServerResponse): void {
  try {
    modes.set(parseMode(parseJson(text)))
  } catch (error) {
    return answerJson(response, 400, { error: error instanceof Error ? error.message : String(error) })
  }
  return answerJson(response, 200, modes.list())
}

/** Serves the endpoints through which people and other programs look into the receiver and tell it how to behave. */
export function answerControl(
  { inbox, modes }: { inbox: Inbox; modes: ReceiverModes },
  { method, path, search, text }: ControlRequest,
  response: ServerResponse,
): void {
  const wanted = new URLSearchParams(search).get('path') ?? undefined
  switch (`${method} ${path}`) {
    case 'GET /':
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
      return void response.end(help)
    case 'GET /inbox':
      return answerJson(
        response,
        200,
        inbox.callbacks.filter((callback) => wanted === undefined || callback.path === wanted),
      )
    case 'DELETE /inbox':
      inbox.clear(wanted)
      return void response.writeHead(204).end()
    case 'GET /mode':
      return answerJson(response, 200, modes.list())
    case 'POST /mode':
      return answerSetMode(modes, text, response)
    default:
      return answerJson(response, 404, { error: `Nothing here for ${method} ${path}: GET / lists what there is.` })
  }
}
