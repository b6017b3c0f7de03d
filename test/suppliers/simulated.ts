import type { RedeemServer } from '../../simulators/redeem-server.ts'
import type { SupplierHttpRequest, SupplierSend } from '../../src/suppliers/supplier.ts'
import type { RedeemStage } from './redeemers.ts'

/** A stage over a simulator: its paths by what is done there. */
export const stageOf = (
  server: RedeemServer,
  written: Record<string, unknown>,
  paths: { prepare: string; redeem: string; reverse: string },
): RedeemStage => ({
  written,
  makeCode: async () => server.addCode(),
  usesOf: async (code) => (server.codeOf(code)?.state === 'used' ? 1 : 0),
  fail: (operation, mode) =>
    server.setMode({ path: paths[operation], mode, times: 1, ...(mode === 'slow' ? { milliseconds: 30 } : {}) }),
  close: server.close,
})

type Answered = { status?: number; headers?: Record<string, string>; body: unknown }

/** Takes what is sent, and answers from a list, or by a function; an object is answered as JSON. */
export function answering(...answers: (Answered | ((request: SupplierHttpRequest) => Answered))[]): {
  send: SupplierSend
  sent: SupplierHttpRequest[]
} {
  const sent: SupplierHttpRequest[] = []
  return {
    sent,
    send: async (request) => {
      const next = answers[Math.min(sent.length, answers.length - 1)]!
      sent.push(request)
      const { status = 200, headers = {}, body } = typeof next === 'function' ? next(request) : next
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      return { kind: 'answered', status, headers, body: text, isCut: false }
    },
  }
}
