import { createPrivateKey, sign } from 'node:crypto'
import { testKeys } from '../test/support/keys.ts'

const measuredMilliseconds = 500

/**
 * How many RSA-2048 signatures a core makes in a second of its time, now. Machines differ, and a virtual one from hour to
 * hour: figures of two runs can be compared where this one is the same.
 */
export function signaturesPerSecond(): number {
  const key = createPrivateKey(testKeys().bank.privateKeyPem)
  const text = Buffer.alloc(500)
  const before = process.cpuUsage()
  const end = performance.now() + measuredMilliseconds
  let made = 0
  while (performance.now() < end) {
    sign('sha256', text, key)
    made += 1
  }
  const { user, system } = process.cpuUsage(before)
  return (made / (user + system)) * 1e6
}
