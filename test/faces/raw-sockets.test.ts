import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lakalaPaths } from '../../src/faces/lakala/index.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { countOf } from '../support/acts.ts'
import { openPartners, type Partners } from './partners.ts'

const perAddress = 20

describeOnOneDatabase('A socket that misbehaves', (database) => {
  let partners: Partners
  let port: number
  const sockets: Socket[] = []

  beforeEach(async () => {
    partners = await openPartners(database(), { receiveTimeoutSeconds: 1, connectionsPerAddress: perAddress })
    await partners.app.listen({ host: '127.0.0.1', port: 0 })
    port = (partners.app.server.address() as AddressInfo).port
  })
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await partners.close()
  })

  async function open(): Promise<{ socket: Socket; heard: () => string; closed: Promise<unknown> }> {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    sockets.push(socket)
    let text = ''
    socket.on('data', (bytes) => (text += bytes.toString()))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await once(socket, 'connect')
    return { socket, heard: () => text, closed }
  }

  it.each([
    ['says nothing', ''],
    ['does not end its head', `POST ${lakalaPaths.issue} HTTP/1.1\r\nHost: x\r\nX-Slow: `],
    ['does not end its body', `POST ${lakalaPaths.issue} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"a":`],
    [
      'does not end its chunks',
      `POST ${lakalaPaths.issue} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":`,
    ],
  ])('is cut off where it %s, also when it sends a byte now and then', async (_, beginning) => {
    const slow = await open()
    slow.socket.write(beginning)
    const trickle = setInterval(() => beginning !== '' && slow.socket.write('a'), 100)
    await slow.closed
    clearInterval(trickle)
    expect(slow.heard()).toMatch(/^(HTTP\/1\.1 40[08] |$)/)
    expect(await countOf(database(), 'orders')).toBe(0)
  })

  it('gets no further than its share of the connections, and others are answered when some have gone', async () => {
    const flood = await Promise.all(Array.from({ length: 2 * perAddress }, open))
    const isOpen = await Promise.all(
      flood.map(({ closed }) =>
        Promise.race([closed.then(() => false), new Promise((later) => setTimeout(later, 200, true))]),
      ),
    )
    expect(isOpen.filter(Boolean).length).toBeLessThanOrEqual(perAddress)
    for (const { socket } of flood) socket.destroy()
    await expect
      .poll(
        () =>
          fetch(`http://127.0.0.1:${port}/healthz`).then(
            ({ status }) => status,
            () => 0,
          ),
        { timeout: 60_000 },
      )
      .toBe(200)
  })

  it.each([
    ['two lengths', 'Content-Length: 4\r\nContent-Length: 40'],
    ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked'],
    ['a length that is none', 'Content-Length: +4'],
    ['chunks that are spelt otherwise', 'Transfer-Encoding: xchunked'],
    ['a blank before the colon', 'Content-Length : 4'],
  ])('cannot smuggle a second request behind %s', async (_, headers) => {
    const one = await open()
    const second = `GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`
    one.socket.write(`POST ${lakalaPaths.issue} HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n0\r\n\r\n${second}`)
    await one.closed
    expect(one.heard()).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(one.heard()).not.toContain('"ok"')
  })
})
