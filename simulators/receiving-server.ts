import type { ServerResponse } from 'node:http'
import { answerControl } from './control.ts'
import { createInbox } from './inbox.ts'
import type { Arrived, Inbox } from './inbox.ts'
import { createModes } from './modes.ts'
import type { Mode, ModeRules, ModeSetting, ModeStep } from './modes.ts'
import { answerJson, serve } from './serve.ts'
import type { ServedRequest, ServeOptions } from './serve.ts'

export type ReceivingOptions = ServeOptions & {
  /** How much the inbox keeps, the newest; 10,000 where absent. */
  inboxLimit?: number
}

export type ReceivingServer<Item extends Arrived, M extends Mode> = {
  url: string
  /** Oldest first; the same array all along. */
  inbox: readonly Item[]
  waitFor: Inbox<Item>['waitFor']
  /** @throws where the setting is none, with a sentence that says what to change. */
  setMode: (setting: ModeSetting<M>) => void
  close: () => Promise<void>
}

/** A body that is a text is sent as it is, anything else as JSON. */
export type Answer = { status: number; body: unknown; headers?: Record<string, string> }

/**
 * What an arrival is answered in the modes that answer with JSON: `ok` (and `slow`), `wrong` or `refuse`, `500`, and
 * `unknown` (as `500` where it has no words of its own).
 */
export type Answers = { ok: Answer; refusal: Answer; failure: Answer; doubt?: Answer }

/** What is special about one such server. */
export type Reception<Item extends Arrived, M extends Mode> = {
  /** What its errors call an arrival. */
  noun: string
  help: string
  modes: ModeRules<M>
  /** Whether this is something to receive; all else is control (`GET /inbox` and so on). */
  isArrival: (request: ServedRequest) => boolean
  /** Judges an arrival: what of it goes into the inbox, where anything does, and what it is answered. */
  receive: (request: ServedRequest, mode: M | 'ok') => { item: Item | undefined; answers: Answers }
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  if (typeof body !== 'string') return answerJson(response, status, body, headers)
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(body)
}

function answerAsTold(response: ServerResponse, { mode, milliseconds = 0 }: ModeStep, answers: Answers): void {
  switch (mode) {
    case 'ok':
      return send(response, answers.ok)
    case '500':
      return send(response, answers.failure)
    case 'slow': {
      const timer = setTimeout(() => send(response, answers.ok), milliseconds)
      return void response.on('close', () => clearTimeout(timer))
    }
    case 'wrong':
    case 'refuse':
      return send(response, answers.refusal)
    case 'unknown':
      return send(response, answers.doubt ?? answers.failure)
    case 'timeout':
      // Open until whoever asked has had enough, or the server is closed.
      return undefined
    case 'garbage':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      return void response.end('<html><body><h1>Welcome</h1></body></html>')
    case 'closed':
      return void response.destroy()
  }
}

/**
 * Starts a server that keeps what it is sent and answers as it was told to, in code or over HTTP (`GET /` explains).
 * @throws where the port is taken.
 */
export async function startReceivingServer<Item extends Arrived, M extends Mode>(
  { inboxLimit = 10_000, ...where }: ReceivingOptions,
  { noun, help, modes: rules, isArrival, receive }: Reception<Item, M>,
): Promise<ReceivingServer<Item, M>> {
  const inbox = createInbox<Item>(noun, inboxLimit)
  const modes = createModes(rules)
  const serving = await serve(where, (request, response) => {
    if (!isArrival(request)) return answerControl({ help, inbox, modes }, request, response)
    const step = modes.take(request.path)
    const { item, answers } = receive(request, step.mode)
    if (item !== undefined) inbox.add(item)
    return answerAsTold(response, step, answers)
  })
  return {
    url: serving.url,
    inbox: inbox.items,
    waitFor: inbox.waitFor,
    setMode: modes.set,
    close: () => {
      inbox.close()
      return serving.close()
    },
  }
}
