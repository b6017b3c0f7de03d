import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildApp } from '../../src/app.ts'
import type { Core } from '../../src/core/core.ts'
import type { Database } from '../../src/db/client/client.ts'
import { createMetrics } from '../../src/metrics.ts'
import { createClock } from '../support/clock.ts'
import type { TestClock } from '../support/clock.ts'
import { openTestHub } from '../support/world.ts'
import type { Fault } from './conformance.ts'

/** What stands between a hub and the hub behind it, and does to requests what networks do. */
export type HubBehind = {
  core: Core
  clock: TestClock
  /** Where the hub behind is asked. */
  url: string
  /** What the next request to this path meets. */
  fail: (path: string, fault: Fault) => void
  close: () => Promise<void>
}

/** How the hub behind says that it refuses, or does not know, without having done anything. */
export type Say = (path: string, fault: 'refuse' | 'unknown') => { body: string; headers?: Record<string, string> }

/** Hears what the hub behind was asked and answered, whatever comes of the answer on its way. */
export type Overhear = (path: string, question: string, answer: string) => void

/** A whole hub that listens, with the world of test/support, behind a line that can be told to fail. */
export async function openHubBehind(
  database: Database,
  say: Say,
  overhear: Overhear = () => undefined,
): Promise<HubBehind> {
  const clock = createClock()
  const { core } = await openTestHub(database, { now: clock.now, config: { isSandbox: true } })
  const nothing = async (): Promise<undefined> => undefined
  const app = buildApp({ core, metrics: createMetrics(), readiness: nothing, askWeChat: nothing })
  const hubUrl = await app.listen({ host: '127.0.0.1', port: 0 })
  const faults = new Map<string, Fault>()
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    const fault = faults.get(path)
    faults.delete(path)
    // A sender that hangs up is nobody to answer.
    pass({ hubUrl, path, fault, say, overhear }, request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    core,
    clock,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail: (path, fault) => void faults.set(path, fault),
    close: async () => {
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
      await app.close()
    },
  }
}

type Line = { hubUrl: string; path: string; fault: Fault | undefined; say: Say; overhear: Overhear }

async function pass(line: Line, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { hubUrl, path, fault, say, overhear } = line
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  if (fault === 'refuse' || fault === 'unknown') {
    const { body, headers = {} } = say(path, fault)
    return void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body)
  }
  const { authorization = '' } = request.headers
  const headers = { 'content-type': 'application/json', ...(authorization === '' ? {} : { authorization }) }
  const answer = await fetch(hubUrl + path, { method: 'POST', headers, body: Buffer.concat(chunks) })
  const signed = [...answer.headers].filter(([name]) => name.startsWith('lklapi-'))
  const text = await answer.text()
  overhear(path, Buffer.concat(chunks).toString(), text)
  if (fault === 'timeout') return
  if (fault === 'closed') return void response.destroy()
  if (fault === '500') return void response.writeHead(500).end('{}')
  if (fault === 'garbage') return void response.writeHead(200).end('<html><h1>Welcome</h1></html>')
  response.writeHead(answer.status, { 'content-type': 'application/json', ...Object.fromEntries(signed) }).end(text)
}
