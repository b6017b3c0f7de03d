import type { ServerResponse } from 'node:http'
import type { Arrived, Inbox } from './inbox.ts'
import { parseJson } from './json.ts'
import type { Modes } from './modes.ts'
import { answerJson } from './serve.ts'
import type { ServedRequest } from './serve.ts'

/** What people and other programs may look into and change over HTTP; `help` is the text at `GET /`. */
export type Controlled<Item extends Arrived, M extends string> = { help: string; inbox: Inbox<Item>; modes: Modes<M> }

/** The part of a help text that all such servers share. */
export const controlHelp = `GET    /inbox        what arrived, newest last (where there are several paths: ?path=... for one)
DELETE /inbox        forget it (likewise)
GET    /mode         how each path answers now
POST   /mode         {"path":"...","mode":"slow","milliseconds":12000,"times":2}
                     times: for so many requests, then ok again; absent: until it is set anew
`

function answerSetMode<M extends string>(modes: Modes<M>, text: string, response: ServerResponse): void {
  try {
    modes.set(parseJson(text))
  } catch (error) {
    return answerJson(response, 400, { error: error instanceof Error ? error.message : String(error) })
  }
  return answerJson(response, 200, modes.list())
}

/** Serves the endpoints through which a simulated server is looked into and told how to behave. */
export function answerControl<Item extends Arrived, M extends string>(
  { help, inbox, modes }: Controlled<Item, M>,
  { method, path, search, text }: ServedRequest,
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
        inbox.items.filter((item) => wanted === undefined || item.path === wanted),
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
