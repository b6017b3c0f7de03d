import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

// A partner that says SUCCESS to everything at once. It shares the machine with the hub, so it does as little as it can.

/** What the receiver tells: where it listens, that `expected` × a tenth have come, that all have. */
export type ReceiverReport =
  | { kind: 'listening'; port: number }
  | { kind: 'tenth'; received: number }
  | { kind: 'all'; received: number; seconds: number }

const expected = Number(process.argv[2])
const tenth = Math.ceil(expected / 10)
const answer =
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 33\r\n\r\n{"code":"SUCCESS","message":"OK"}'

const tell = (report: ReceiverReport): void => void process.send!(report)

let received = 0
let tenthAt = 0

function count(): void {
  received += 1
  if (received === tenth) {
    tenthAt = performance.now()
    tell({ kind: 'tenth', received })
  }
  if (received === expected)
    tell({ kind: 'all', received: received - tenth, seconds: (performance.now() - tenthAt) / 1000 })
}

const server = createServer({ noDelay: true }, (socket: Socket) => {
  let text = ''
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    text += chunk
    for (let length = requestLength(text); length !== undefined; length = requestLength(text)) {
      text = text.slice(length)
      socket.write(answer)
      count()
    }
  })
  socket.on('error', () => socket.destroy())
})
server.listen(0, '127.0.0.1', () => tell({ kind: 'listening', port: (server.address() as AddressInfo).port }))
process.on('disconnect', () => process.exit())

/** How long the first request of the text is; undefined where it is not all there. */
function requestLength(text: string): number | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const length = end + 4 + Number(/\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1] ?? 0)
  return text.length >= length ? length : undefined
}
