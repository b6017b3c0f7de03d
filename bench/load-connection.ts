import { connect } from 'node:net'

export type LoadConnectionOptions = {
  port: number
  success: string
  /** The next request to send; undefined at the end. */
  nextRequest: () => Buffer | undefined
  /** `answer` is the text of one that is not good. */
  onAnswer: (isGood: boolean, answer: string, sentAt: number) => void
}

/** Keeps one connection busy: one request at a time, the next when the answer is there. Resolves at the end. */
export function openLoadConnection({ port, success, nextRequest, onAnswer }: LoadConnectionOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let sentAt = 0
    let received = ''

    const send = (): void => {
      const request = nextRequest()
      if (request === undefined) {
        socket.end()
        resolve()
        return
      }
      sentAt = performance.now()
      socket.write(request)
    }

    socket.setEncoding('latin1')
    socket.on('connect', send)
    socket.on('data', (text: string) => {
      received += text
      if (!isComplete(received)) return
      const answer = received
      received = ''
      const isGood = answer.startsWith('HTTP/1.1 200 ') && answer.includes(success)
      onAnswer(isGood, isGood ? '' : Buffer.from(answer, 'latin1').toString(), sentAt)
      send()
    })
    socket.on('error', reject)
    socket.on('end', () => reject(new Error('the hub closed a connection')))
  })
}

const lengthPattern = /\r\ncontent-length: (\d+)\r\n/i

// Every answer of a face has a length.
function isComplete(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  return end !== -1 && text.length >= end + 4 + Number(lengthPattern.exec(text)?.[1] ?? 0)
}
