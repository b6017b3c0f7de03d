import { createHmac } from 'node:crypto'
import { describe, expect, it, test } from 'vitest'
import { startHttpRedeem } from '../../simulators/http-redeem.ts'
import { createHttpRedeem } from '../../src/suppliers/http-redeem/index.ts'
import { refusalReasons } from '../../src/suppliers/answers.ts'
import type { CodeAnswer, SupplierHttpRequest } from '../../src/suppliers/supplier.ts'
import { fences, quoted, readText, tables } from '../docs/pages.ts'
import { describeRedeemer, redeemAsk } from './redeemers.ts'
import { answering, stageOf } from './simulated.ts'

const now = () => new Date('2026-03-01T02:00:00.000Z')
const key = '0123456789abcdef0123456789abcdef'
const supplier = createHttpRedeem(now)
const { redeemer } = supplier

describeRedeemer({
  supplier,
  start: async () => {
    const server = await startHttpRedeem({ keyId: 'hub-1', key, now })
    const paths = { prepare: '/prepare', redeem: '/redeem', reverse: '/reverse' }
    return stageOf(server, { baseURL: `${server.url}/`, keyId: 'hub-1', key }, paths)
  },
  badSettings: [
    ['baseURL', undefined],
    ['baseURL', 'redeem.example.com'],
    ['baseURL', 'https://redeem.example.com/?a=1'],
    ['keyId', 'two words'],
    ['key', 'short'],
  ],
})

const settings = supplier.settings.parse({ baseURL: 'https://redeem.example.com/v1/', keyId: 'hub-1', key })

/** By the page: three lines and the body, HMAC-SHA256. */
const hmac = (text: string): string => createHmac('sha256', key).update(text).digest('hex')

/** A supplier's answer, signed over the nonce of the question. */
const signed =
  (body: string, change: Record<string, string> = {}, what = 'redeem answer') =>
  ({ headers }: SupplierHttpRequest) => {
    const nonce = headers['quanhub-nonce']!
    const signature = hmac(`${what}\n1772330401\n${nonce}\n${body}`)
    return {
      body,
      headers: {
        'quanhub-timestamp': '1772330401',
        'quanhub-nonce': nonce,
        'quanhub-signature': signature,
        ...change,
      },
    }
  }

const redeem = (body: object, change?: Record<string, string>, what?: string): Promise<CodeAnswer> =>
  redeemer.redeem(settings, redeemAsk, answering(signed(JSON.stringify(body), change, what)).send)

describe('an answer over HTTP', () => {
  test.each([
    ['no signature', { 'quanhub-signature': '' }],
    ['another signature', { 'quanhub-signature': hmac('another') }],
    ['another nonce', { 'quanhub-nonce': 'AnotherNonceAltogether0123456789' }],
    ['another time', { 'quanhub-timestamp': '1772330402' }],
  ])('is unknown that has %s', async (_, change) => {
    expect(await redeem({ result: 'accepted' }, change)).toMatchObject({ kind: 'unknown' })
  })

  it('is unknown that is the answer to something else', async () => {
    expect(await redeem({ result: 'accepted' }, {}, 'prepare answer')).toMatchObject({ kind: 'unknown' })
    expect(await redeem({ result: 'accepted' }, {}, 'redeem')).toMatchObject({ kind: 'unknown' })
  })

  test.each([{}, { result: 'yes' }, { result: true }, { result: 'unknown', message: '679533922928' }])(
    'is unknown that says %j',
    async (body) => {
      const answer = await redeem(body)
      expect(answer).toMatchObject({ kind: 'unknown' })
      expect(JSON.stringify(answer)).not.toContain(redeemAsk.code)
    },
  )

  test.each(refusalReasons)('is no for the reason %s', async (reason) => {
    const answer = await redeem({ result: 'refused', reason, message: `no to ${redeemAsk.code}` })
    expect(answer).toEqual({ kind: 'refused', code: reason, reason, message: 'no to ***' })
  })

  it('is no in its own code, whatever the reason', async () => {
    const refusal = { result: 'refused', code: 'E-17', reason: 'because', message: '券\n码' }
    expect(await redeem(refusal)).toEqual({ kind: 'refused', code: 'E-17', message: '券 码' })
  })

  it('is yes with what can be read of it', async () => {
    const body = { result: 'accepted', memo: 'M', faceValueFen: 3000, settleAmountFen: '2800', usesLeft: -1 }
    const times = { validFrom: 'soon', validUntil: '2026-04-01T00:00:00+08:00' }
    expect(await redeem({ ...body, ...times })).toEqual({
      kind: 'accepted',
      memo: 'M',
      faceValueFen: 3000,
      settleAmountFen: 2800,
      validUntil: new Date('2026-03-31T16:00:00.000Z'),
    })
  })
})

describe('the page on redeeming over HTTP', () => {
  const page = readText('docs/suppliers/http-redeem.md')
  const blocks = fences(page)
  const textOf = (language: string): string[] =>
    blocks.filter((block) => block.language === language).map(({ text }) => text)
  const [requestHead, answerHead] = textOf('http').map(
    (text) =>
      new Map(
        text
          .split('\n')
          .filter((line) => line.includes(': '))
          .map((line) => line.split(': ') as [string, string]),
      ),
  )
  const [redeemBody = '', redeemAnswer = ''] = textOf('json')
  const [requestText, answerText] = textOf('text')

  it('shows the request that is sent', async () => {
    const { send, sent } = answering(signed(redeemAnswer))
    expect(await redeemer.redeem(settings, { ...redeemAsk, memo: 'P-20260301-1' }, send)).toEqual({
      kind: 'accepted',
      memo: 'U-20260301-9',
      faceValueFen: 3000,
      settleAmountFen: 2800,
    })
    expect(sent[0]).toMatchObject({ url: 'https://redeem.example.com/v1/redeem', body: redeemBody })
    expect(sent[0]!.headers).toMatchObject({ 'quanhub-key-id': 'hub-1', 'quanhub-timestamp': '1772330400' })
    const { 'quanhub-nonce': nonce, 'quanhub-signature': signature } = sent[0]!.headers
    expect(signature).toBe(hmac(`redeem\n1772330400\n${nonce}\n${redeemBody}`))
  })

  it('signs both ways as it says', () => {
    expect(requestText).toBe(`redeem\n1772330400\n${requestHead!.get('Quanhub-Nonce')}\n${redeemBody}`)
    expect(requestHead!.get('Quanhub-Signature')).toBe(hmac(requestText!))
    expect(answerText).toBe(`redeem answer\n1772330401\n${answerHead!.get('Quanhub-Nonce')}\n${redeemAnswer}`)
    expect(answerHead!.get('Quanhub-Signature')).toBe(hmac(answerText!))
    expect(answerHead!.get('Quanhub-Nonce')).toBe(requestHead!.get('Quanhub-Nonce'))
  })

  it('has every reason, and every setting', () => {
    const columns = (head: string): string[] =>
      tables(page)
        .find((table) => table.head[0] === head)!
        .rows.flatMap(([first]) => quoted(first!))
    expect(columns('reason')).toEqual(refusalReasons)
    expect(columns('setting').toSorted()).toEqual(Object.keys(supplier.settings.shape).toSorted())
  })
})
