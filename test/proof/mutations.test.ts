import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, inject, it } from 'vitest'
import { exchangePaths } from '../../src/faces/exchange/index.ts'
import { lakalaPaths } from '../../src/faces/lakala/index.ts'
import { shoubeiPaths } from '../../src/faces/shoubei/index.ts'
import * as exchange from '../faces/exchange-partner.ts'
import {
  authorize,
  issueFields,
  md5Sign,
  openPartners,
  type Answer,
  type Fields,
  type Partners,
} from '../faces/partners.ts'
import * as whale from '../faces/whale-partner.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { world } from '../support/world.ts'

// Requests that somebody changed on their way. What is signed is worked out here from the documents, not by the hub: a
// changed request may be taken only where that text, and the signature, are still those of the partner.

/** A request as it goes over the wire. Every header here is one that is signed, or that carries a signature. */
type Sent = { path: string; headers: Record<string, string>; body: string }

type Face = {
  name: string
  /** A request that would be taken, and that would change something. Signed anew each time; it is not sent. */
  make: (partners: Partners) => Promise<Sent>
  /** What the partner has signed, and the signature; undefined where the request cannot be read as one of this wire. */
  signedOf: (sent: Sent) => { text: string; signature: string } | undefined
  isTaken: (answer: Answer) => boolean
}

const readObject = (body: string): Fields | undefined => {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
  } catch {
    return undefined
  }
}

const withSignature = (text: string, signature: unknown) => ({ text, signature: String(signature) })

const faces: Face[] = [
  {
    name: 'Lakala',
    make: async ({ clock }) => {
      const body = JSON.stringify(issueFields())
      return { path: lakalaPaths.issue, headers: { authorization: authorize(body, clock) }, body }
    },
    signedOf: ({ headers, body }) => {
      const given = [...(headers['authorization'] ?? '').matchAll(/(\w+) *= *"([^"]*)"/g)].map((found) =>
        found.slice(1),
      )
      const { appid, serial_no, timestamp, nonce_str, signature } = Object.fromEntries(given) as Record<string, string>
      return withSignature([appid, serial_no, timestamp, nonce_str, body, ''].join('\n'), signature)
    },
    isTaken: ({ body }) => body['code'] === '000000',
  },
  {
    name: 'Shoubei',
    make: async (partners) => {
      const fields = { coupon_code: await partners.issue(), wf_trace_no: `T${Math.random()}`, amount: '10000' }
      return { path: shoubeiPaths.wf, headers: {}, body: JSON.stringify(partners.signed(fields)) }
    },
    signedOf: ({ body }) => {
      const fields = readObject(body)
      return fields && withSignature(md5Sign(fields, 'k'), fields['sign'])
    },
    isTaken: ({ body }) => body['result_code'] === 'SUCCESS',
  },
  {
    name: 'Whale',
    make: async (partners) => {
      const order = { saleChannelOrderId: `O${Math.random()}`, requestId: 'R' }
      const item = { ticketId: world.firstTicketId, commissionDate: '0', validDays: 10 }
      const given = { app_id: whale.channelAppId }
      const envelope = whale.signed(whale.envelope(partners, 'MakeCode', { ...order, item }, given))
      return { path: '/whale', headers: {}, body: JSON.stringify(envelope) }
    },
    signedOf: ({ body }) => {
      const fields = readObject(body)
      return fields && withSignature(whale.stringToSign(fields), fields['sign'])
    },
    isTaken: (answer) => whale.open(answer).business['returnCode'] === '00',
  },
  ...(['SHA256-RSA', 'MD5'] as const).map((signType): Face => ({
    name: `Exchange, ${signType}`,
    make: async (partners) => {
      const body = JSON.stringify(exchange.couponFields())
      return { path: exchangePaths.coupon, headers: exchange.headersFor(partners, body, { signType }), body }
    },
    signedOf: ({ headers: { sign, ...headers }, body }) =>
      withSignature(exchange.textOf(headers, body).toString(), sign),
    isTaken: ({ body }) => body['status'] === 0,
  })),
]

/** A change of one text: at `at` of its length, `length` characters go, `put` comes, and what went comes back elsewhere. */
const changes = fc.record({
  part: fc.nat({ max: 20 }),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.constantFrom(0, 1, 1, 1, 2, 8, 40),
  put: fc.oneof(
    fc.constantFrom('', '&', '=', '"', ',', '\\', ' ', '\t', '+', '/', '-', '_', '%26', '\\u0026', 'null', '0', '{}'),
    fc.constantFrom('&sign=', '","', '":"', '&key=', 'signType=', '&signType=MD5', '\\n', '==', '\u0000', '\uff10'),
    fc.string({ maxLength: 4 }),
    fc.string({ maxLength: 2, unit: 'binary' }),
  ),
  /** Where what was taken out is put in again, if at all: in the same part or in another. */
  back: fc.option(fc.record({ part: fc.nat({ max: 20 }), at: fc.double({ min: 0, max: 1, noNaN: true }) })),
})
type Change = typeof changes extends fc.Arbitrary<infer T> ? T : never

/** The parts of a request that may be changed: the body, and each header. */
const partsOf = ({ headers }: Sent): string[] => ['body', 'body', ...Object.keys(headers)]

function changed(sent: Sent, { part, at, length, put, back }: Change): Sent {
  const parts = partsOf(sent)
  const texts: Record<string, string> = { ...sent.headers, body: sent.body }
  const name = parts[part % parts.length]!
  const start = Math.floor(at * texts[name]!.length)
  const taken = texts[name]!.slice(start, start + length)
  texts[name] = texts[name]!.slice(0, start) + put + texts[name]!.slice(start + length)
  if (back !== null) {
    const other = parts[back.part % parts.length]!
    const place = Math.floor(back.at * texts[other]!.length)
    texts[other] = texts[other]!.slice(0, place) + taken + texts[other]!.slice(place)
  }
  const { body = '', ...headers } = texts
  return { ...sent, headers, body }
}

/** Whether a client could send it: a header is one line of Latin-1. */
const isSendable = ({ headers }: Sent): boolean =>
  Object.values(headers).every((text) => /^[\t\x20-\x7e\x80-\xff]*$/.test(text))

const runs = inject('isLong') ? 20_000 : 300

describeOnOneDatabase(
  'A request that was changed on its way',
  (database) => {
    let partners: Partners
    beforeEach(async () => {
      partners = await openPartners(database(), { requestsPerSecond: 1_000_000 })
      await whale.addWhaleApps(partners.core)
      await partners.changeSetup((tx) => exchange.addMerchant(tx, partners.core.hub.keyring))
    })
    afterEach(() => partners.close())

    const written = async (): Promise<unknown> =>
      (
        await database().sql`
          select (select count(*)::int from orders) as orders, (select count(*)::int from redemptions) as redemptions,
            (select count(*)::int from nonces) as nonces`
      )[0]

    it.each(faces)(`is never taken, ${runs} times ($name)`, async ({ make, signedOf, isTaken }) => {
      let sent = await make(partners)
      let before = await written()
      let tries = 0
      const property = fc.asyncProperty(fc.array(changes, { minLength: 1, maxLength: 2 }), async (wanted) => {
        // Addresses that fail too often wait, and a signature is no proof any more when it is old.
        partners.clock.advance(0.2)
        if ((tries += 1) % 200 === 0) {
          sent = await make(partners)
          before = await written()
        }
        const other = wanted.reduce(changed, sent)
        if (!isSendable(other)) return
        const answer = await partners.send(other.path, other.body, other.headers)
        if (!isTaken(answer)) return
        expect(signedOf(other)).toEqual(signedOf(sent))
        sent = await make(partners)
        before = await written()
      })
      await fc.assert(property, { numRuns: runs })
      expect(await written()).toEqual(before)
      // It would have been, as it was.
      const { path, body, headers } = await make(partners)
      expect(isTaken(await partners.send(path, body, headers))).toBe(true)
    })
  },
  'embedded',
)
