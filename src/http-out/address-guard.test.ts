import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Agent } from 'undici'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createAddressGuard, guardCodes } from './address-guard.ts'
import type { AddressGuard, LookupAll } from './address-guard.ts'

/** A target that must not be reached, on every address of this machine. */
let target: Server
let port: number
let connectionsSeen: string[] = []

beforeAll(async () => {
  target = createServer((_, response) => response.end('reached'))
  target.on('connection', (socket: Socket) => connectionsSeen.push(socket.localAddress ?? ''))
  target.listen(0)
  await once(target, 'listening')
  port = (target.address() as AddressInfo).port
})
beforeEach(() => (connectionsSeen = []))
afterAll(() => target.close())

/** What the names of these tests resolve to. */
const answers: Record<string, string[]> = {
  'loopback.example': ['127.0.0.1'],
  'loopback6.example': ['::1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'compatible.example': ['::127.0.0.1'],
  'private.example': ['10.0.0.1'],
  'metadata.example': ['169.254.169.254'],
  'unspecified.example': ['0.0.0.0'],
  'nat64.example': ['64:ff9b::7f00:1'],
  'zone.example': ['fe80::1%lo'],
  'public-first.example': ['93.184.216.34', '127.0.0.1'],
  'private-first.example': ['127.0.0.1', '93.184.216.34'],
  'public-and-6.example': ['2606:4700:4700::1111', '::1'],
  'nonsense.example': ['not an address'],
}

const familyOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4)
const lookup: LookupAll = (hostname, _, callback) => {
  const addresses = answers[hostname]
  if (addresses === undefined) callback(new Error('ENOTFOUND'), [])
  else
    callback(
      null,
      addresses.map((address) => ({ address, family: familyOf(address) })),
    )
}

const guardWith = (given: Partial<Parameters<typeof createAddressGuard>[0]> = {}) =>
  createAddressGuard({ allowedNetworks: [], isLoopbackAllowed: false, connectTimeoutMilliseconds: 500, ...given })

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code

/** How connecting failed, where the guard is given a host as it stands; null when it did not fail. */
const connectError = (hostname: string, guard: AddressGuard): Promise<Error | null> =>
  new Promise((resolve) => {
    guard.connect({ hostname, protocol: 'http:', port: String(port) }, (...[error]) => resolve(error))
  })

/** Asks over the guard's connector alone, as undici does once an address has passed every earlier check. */
async function ask(host: string, guard: AddressGuard): Promise<unknown> {
  const agent = new Agent({ connect: guard.connect })
  try {
    const answer = await agent.request({ origin: `http://${host}:${port}`, path: '/', method: 'POST', body: '{}' })
    return await answer.body.text()
  } catch (error) {
    return codeOf(error)
  } finally {
    await agent.destroy()
  }
}

const literals = `
  127.0.0.1 127.1 127.0.1 127.255.255.254 2130706433 0x7f000001 0x7f.1 0x7f.0x0.0x0.0x1 0x7F.1 127.0.0.0x1 127.0.0.1.
  0177.0.0.1 0177.1 017700000001 00000177.1 0 0x0 0.0.0.0 0.1.2.3
  １２７.０.０.１ １２７.１ ①②⑦.⓪.⓪.① 127。0。0。1 127．0．0．1 %31%32%37.0.0.1 𝟏𝟐𝟕.𝟎.𝟎.𝟏
  10.0.0.1 10.255.255.255 0xa000001 172.16.0.1 172.31.255.255 192.168.0.1 3232235521
  100.64.0.1 100.100.100.200 100.127.255.254 169.254.169.254 0xa9fea9fe 2852039166 169.254.0.23 168.63.129.16
  192.0.0.192 192.0.2.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 192.88.99.1 192.175.48.1 224.0.0.1
  239.255.255.250 240.0.0.1 255.255.255.255
  [::1] [0:0:0:0:0:0:0:1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:127.0.0.1] [::ffff:10.0.0.1]
  [::ffff:a9fe:a9fe] [::ffff:0.0.0.0] [::ffff:0:127.0.0.1] [::127.0.0.1] [::8.8.8.8] [::2]
  [64:ff9b::127.0.0.1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2002:a9fe:a9fe::1]
  [2001::1] [2001:0:7f00:1::] [fe80::1] [fec0::1] [fc00::1] [fd00:ec2::254] [ff02::1] [2001:db8::1] [3fff::1]
  [5f00::1] [100::1] [2001:10::1] [2001:20::1] [2001:2::1] [4000::1]`
  .trim()
  .split(/\s+/)

describe('hostile addresses', () => {
  test('more than sixty are tried', () => {
    expect(new Set([...literals, ...Object.keys(answers)]).size).toBeGreaterThan(60)
  })

  test.each(['127.1', '2130706433', '0x7f.1', '１２７.０.０.１', '[::ffff:127.0.0.1]', '0.0.0.0'])(
    'without the guard %s does reach this machine',
    async (host) => {
      const agent = new Agent()
      const answer = await agent.request({ origin: `http://${host}:${port}`, path: '/', method: 'GET' })
      expect(await answer.body.text()).toBe('reached')
      await agent.destroy()
    },
  )

  test.each(literals)('the address %s is refused, and nothing connects', async (host) => {
    expect(await ask(host, guardWith())).toBe(guardCodes.refused)
    expect(connectionsSeen).toEqual([])
  })

  test.each(literals)('the address %s is already refused when it is taken', (host) => {
    expect(guardWith().checkUrl(`http://${host}:${port}/`).ok).toBe(false)
  })

  test.each(Object.keys(answers))(
    'the name %s is refused for one of its addresses, and nothing connects',
    async (host) => {
      expect(await ask(host, guardWith({ lookup }))).toBe(guardCodes.refused)
      expect(connectionsSeen).toEqual([])
    },
  )

  test.each(['localhost', 'LOCALHOST', 'localhost.'])("%s is refused by the system's own resolver", async (host) => {
    expect(await ask(host, guardWith())).not.toBe('reached')
    expect(connectionsSeen).toEqual([])
  })

  test.each([
    '127.1',
    '0177.0.0.1',
    '0x7f000001',
    '2130706433',
    '127.0.0.1',
    '[::1]',
    '::1',
    '::ffff:127.0.0.1',
    '::127.0.0.1',
  ])('a host that comes as %s, as no URL would write it, is refused too', async (hostname) => {
    const code = codeOf(await connectError(hostname, guardWith()))
    expect([guardCodes.refused, guardCodes.dns]).toContain(code)
    expect(connectionsSeen).toEqual([])
  })
})

/** Answers with the next address at every question, and counts the questions. */
const changing = (addresses: string[]) => {
  const asked: string[] = []
  const next: LookupAll = (hostname, _, callback) => {
    asked.push(hostname)
    const address = addresses[Math.min(asked.length, addresses.length) - 1]!
    callback(null, [{ address, family: familyOf(address) }])
  }
  return { asked, lookup: next }
}

describe('names', () => {
  test('a name is asked for once, and the connection goes to what was checked then (DNS rebinding)', async () => {
    const names = changing(['127.0.0.2', '127.0.0.1'])
    const guard = guardWith({ allowedNetworks: ['127.0.0.2/32'], lookup: names.lookup })
    expect(await ask('rebinding.example', guard)).toBe('reached')
    expect(names.asked).toEqual(['rebinding.example'])
    expect(connectionsSeen.map((address) => address.replace('::ffff:', ''))).toEqual(['127.0.0.2'])
  })

  test('the next connection to a name is checked anew', async () => {
    const guard = guardWith({ allowedNetworks: ['127.0.0.2/32'], lookup: changing(['127.0.0.2', '127.0.0.1']).lookup })
    expect(await ask('rebinding.example', guard)).toBe('reached')
    expect(await ask('rebinding.example', guard)).toBe(guardCodes.refused)
    expect(connectionsSeen).toHaveLength(1)
  })

  test.each([[['127.0.0.2', '127.0.0.1']], [['127.0.0.1', '127.0.0.2']]])(
    'allowed and other addresses mixed (%j) are refused as a whole',
    async (addresses) => {
      const mixed: LookupAll = (_, __, callback) =>
        callback(
          null,
          addresses.map((address) => ({ address, family: 4 })),
        )
      expect(await ask('mixed.example', guardWith({ allowedNetworks: ['127.0.0.2/32'], lookup: mixed }))).toBe(
        guardCodes.refused,
      )
      expect(connectionsSeen).toEqual([])
    },
  )

  test('a name that does not exist, or has no address, is a failure of DNS', async () => {
    expect(await ask('unknown.example', guardWith({ lookup }))).toBe(guardCodes.dns)
    expect(await ask('x.example', guardWith({ lookup: (_, __, callback) => callback(null, []) }))).toBe(guardCodes.dns)
  })

  test('a resolver that never answers is given up, and its late answer does nothing', async () => {
    let answerLate: (() => void) | undefined
    const silent: LookupAll = (_, __, callback) => {
      answerLate = () => callback(null, [{ address: '127.0.0.1', family: 4 }])
    }
    const guard = guardWith({ lookup: silent, isLoopbackAllowed: true, lookupTimeoutMilliseconds: 20 })
    expect(await ask('silent.example', guard)).toBe(guardCodes.dns)
    answerLate?.()
    expect(connectionsSeen).toEqual([])
  })
})

describe('what is allowed', () => {
  test.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost'])('the sandbox calls back to %s', async (host) => {
    const guard = guardWith({ isLoopbackAllowed: true })
    expect(guard.checkUrl(`http://${host}:${port}/`)).toEqual({ ok: true })
    expect(await ask(host, guard)).toBe('reached')
  })

  test("the operator's networks are reached by address and by name", async () => {
    const guard = guardWith({ allowedNetworks: ['127.0.0.0/8'], lookup })
    expect(await ask('127.0.0.1', guard)).toBe('reached')
    expect(await ask('loopback.example', guard)).toBe('reached')
    expect(await ask('mapped.example', guard)).toBe('reached')
    expect(await ask('loopback6.example', guard)).toBe(guardCodes.refused)
  })

  test('the sandbox still refuses every other address that is not public', async () => {
    const others = ['10.0.0.1', '169.254.169.254', '0.0.0.0', '[::]', '[64:ff9b::127.0.0.1]', '[::127.0.0.1]']
    for (const host of others) expect(await ask(host, guardWith({ isLoopbackAllowed: true }))).toBe(guardCodes.refused)
    expect(connectionsSeen).toEqual([])
  })

  test('a refusal says which address it was and what an operator can do', async () => {
    const error = await connectError('private.example', guardWith({ lookup }))
    expect(error?.message).toBe(
      'private.example (10.0.0.1) is not a public address. ' +
        'If callbacks may go there, add its network to QUANHUB_CALLBACK_NETWORKS.',
    )
  })
})
