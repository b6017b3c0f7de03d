import { exchangePaths, exchangePrefix } from '../../../src/faces/exchange/index.ts'
import { lakalaPaths } from '../../../src/faces/lakala/index.ts'
import { shoubeiPaths } from '../../../src/faces/shoubei/index.ts'
import { whalePath } from '../../../src/faces/whale/index.ts'
import { headersFor } from '../exchange-partner.ts'
import { authorize, type Answer, type Fields, type Partners } from '../partners.ts'

/** What the cases ask in: a bank's order KNOWN under a nonce that was heard, a coupon that may be used, one that is. */
export type Scene = {
  partners: Partners
  code: string
  redeemedCode: string
  orderNo: string
  knownNonce: string
  whale: WhaleScene
}

/** What a channel of Whale's wire and another one have, and a question that was heard. */
export type WhaleScene = { code: string; orderNo: string; theirCode: string; theirOrderNo: string; heard: Fields }

/** A request that must be refused. */
export type Case = {
  title: string
  ask: (scene: Scene) => Promise<Answer>
  /** How the answer's code and message begin. */
  hears: string
  status?: number
}

export const lakalaBad = '100001 参数不合法: '
export const shoubeiBad = 'FAIL 参数不合法: '
export const exchangeBad = '3 请求参数缺失或不合法: '
export const whaleBad = '01 参数不合法: '
export const endpoints = [
  ...Object.values(lakalaPaths).map((path) => ({ path, bad: lakalaBad })),
  ...Object.values(shoubeiPaths).map((path) => ({ path, bad: shoubeiBad })),
  ...Object.values(exchangePaths).map((path) => ({ path, bad: exchangeBad })),
  { path: whalePath, bad: whaleBad },
]

/** Bytes as they are, with a signature of the bank's, or the merchant's, that holds for them. */
export const sendRaw = (
  { partners }: Scene,
  path: string,
  body: string | Buffer,
  headers: Record<string, string | undefined> = {},
) => partners.send(path, body, { ...proofFor(partners, path, body), ...headers })

const proofFor = (partners: Partners, path: string, body: string | Buffer) =>
  path.startsWith(exchangePrefix) ? headersFor(partners, body) : { authorization: authorize(body, partners.clock) }

export const wrongCharacters = ['a b', ' ', '订单', '😀', 'a\u0000b', 'a\nb', 'a\u007f', 'é']

/** What a code must be: an id that people may type with blanks. */
export const codeCases = (...asked: Parameters<typeof idCases>): Case[] =>
  idCases(...asked).filter(({ title }) => !title.endsWith('"a b"'))

/** What an id must be: there, a string, of the right characters, not too long. */
export function idCases(
  name: string,
  longest: number,
  isRequired: boolean,
  bad: string,
  ask: (value: unknown) => Case['ask'],
): Case[] {
  const one = (title: string, value: unknown, why: string): Case => ({
    title: `${name}: ${title}`,
    ask: ask(value),
    hears: `${bad}${name}: ${why}`,
  })
  return [
    ...(isRequired
      ? [undefined, null, ''].map((value) => one(`absent as ${JSON.stringify(value)}`, value, 'is missing'))
      : []),
    ...[1, 1.5, true, false].map((value) => one(`a ${typeof value}`, value, 'must be a string')),
    ...wrongCharacters.map((value) => one(JSON.stringify(value), value, 'must be printable ASCII')),
    one('too long', '9'.repeat(longest + 1), `must have at most ${longest} characters`),
  ]
}
