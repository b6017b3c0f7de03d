import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createResolver, rememberedCode, type Resolve } from './resolver.ts'

/** A name server that answers 10.1.2.3 to every question, and never one about a name with "silent" in it. */
async function startNameServer(): Promise<{ asked: string[]; address: string; close: () => void }> {
  const socket = createSocket('udp4')
  const asked: string[] = []
  socket.on('message', (question, from) => {
    const name = nameIn(question)
    asked.push(name)
    if (!name.includes('silent')) socket.send(answerTo(question), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { asked, address: `127.0.0.1:${portOf(socket)}`, close: () => void socket.close() }
}

const portOf = (socket: Socket): number => socket.address().port

// RFC 1035, 4.1: labels, each behind its length, from the thirteenth byte.
function nameIn(question: Buffer): string {
  const labels: string[] = []
  for (let at = 12; question[at] !== 0; at += question[at]! + 1)
    labels.push(question.subarray(at + 1, at + 1 + question[at]!).toString())
  return labels.join('.')
}

function answerTo(question: Buffer): Buffer {
  const end = 12 + nameIn(question).length + 2
  const isForAddress4 = question.readUInt16BE(end) === 1
  const head = Buffer.from(question.subarray(0, end + 4))
  head.writeUInt16BE(0x8180, 2)
  head.writeUInt16BE(isForAddress4 ? 1 : 0, 6)
  head.writeUInt32BE(0, 8)
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 1, 2, 3])
  return isForAddress4 ? Buffer.concat([head, record]) : head
}

describe('names', () => {
  let folder: string
  let server: Awaited<ReturnType<typeof startNameServer>>
  let resolve: Resolve
  let at = 0
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'quanhub-hosts-'))
    writeFileSync(join(folder, 'hosts'), '127.0.0.1 localhost\n10.9.9.9 Bank.test # ours\n')
    server = await startNameServer()
    resolve = createResolver({ servers: [server.address], hostsFile: join(folder, 'hosts'), now: () => at })
  })
  afterEach(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })

  it('are answered while any number of others wait for a server that is silent', async () => {
    const silent = Array.from({ length: 50 }, (_, i) => resolve(`silent${i}.test`).catch((error: Error) => error))
    expect(await resolve('well.test')).toEqual([{ address: '10.1.2.3', family: 4 }])
    expect((await Promise.all(silent)).every((answer) => answer instanceof Error)).toBe(true)
  })

  it('that are asked for at once are one question, and a silent server is left alone for some seconds', async () => {
    const many = Array.from({ length: 20 }, () => resolve('silent.test').catch((error: { code: string }) => error.code))
    expect(new Set(await Promise.all(many))).toEqual(new Set(['ETIMEOUT']))
    const before = server.asked.length
    await expect(resolve('silent.test')).rejects.toMatchObject({ code: rememberedCode })
    expect(server.asked.length).toBe(before)
    at += 5_001
    await expect(resolve('silent.test')).rejects.toMatchObject({ code: 'ETIMEOUT' })
  })

  it('of the hosts file are taken from there, in any case', async () => {
    expect(await resolve('BANK.test')).toEqual([{ address: '10.9.9.9', family: 4 }])
    expect(await resolve('localhost.')).toEqual([{ address: '127.0.0.1', family: 4 }])
    expect(server.asked).toEqual([])
  })
})
