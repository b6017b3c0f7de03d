import { askForObject, inJson, unknown, wordsOf } from '../answers.ts'
import type { JsonObject } from '../../wire/json.ts'
import { objectIn, textIn } from '../read.ts'
import type { SupplierHttpRequest, SupplierSend, Unknown } from '../supplier.ts'
import type { DouyinSettings } from './settings.ts'
import type { Token, Tokens } from './token.ts'

/** What Douyin is asked by: settings, the way out, and tokens. */
export type Line = { settings: DouyinSettings; send: SupplierSend; tokens: Tokens }

type Question =
  | { method: 'GET'; what: 'prepare' | 'get'; query: Record<string, string> }
  | { method: 'POST'; what: 'verify' | 'cancel'; fields: object }

/** Douyin did it (`done`), or says by number and words that it did not (`failed`). `hidden` is not repeated. */
type Said = { kind: 'done'; data: JsonObject } | { kind: 'failed'; code: string; words: string }

/** Asks with a token; once more with a new one where that was no good any more. */
export async function ask(line: Line, question: Question, hidden: string): Promise<Said | Unknown> {
  const { settings, send, tokens } = line
  const token = await tokens.get(settings, send)
  if (token.kind === 'unknown') return token
  const said = await askBy(line, token, question, hidden)
  if (!isTokenRefused(said)) return said
  tokens.drop(settings, token)
  const another = await tokens.get(settings, send)
  if (another.kind === 'unknown') return another
  const saidAgain = await askBy(line, another, question, hidden)
  return isTokenRefused(saidAgain) ? unknown('Douyin does not take the token that it gave.') : saidAgain
}

// 2190002 无效, 2190008 过期; others say it in words.
const isTokenRefused = (said: Said | Unknown): boolean =>
  said.kind === 'failed' && (['2190002', '2190008'].includes(said.code) || /access_?token/i.test(said.words))

async function askBy(
  { settings, send }: Line,
  { value }: Token,
  question: Question,
  hidden: string,
): Promise<Said | Unknown> {
  const told = await askForObject(send, requestOf(settings, value, question))
  if (told.kind === 'unknown') return told
  const data = objectIn(told.object['data'])
  const errors = [data, objectIn(told.object['extra'])].map((part) => ({
    code: textIn(part['error_code']),
    words: wordsOf(part['description'], hidden),
  }))
  const error = errors.find(({ code }) => code !== undefined && code !== '0')
  if (error?.code !== undefined) return { kind: 'failed', code: wordsOf(error.code, hidden), words: error.words }
  return errors.some(({ code }) => code === '0') ? { kind: 'done', data } : unknown('The answer had no error_code.')
}

function requestOf({ baseURL, accountId }: DouyinSettings, token: string, question: Question): SupplierHttpRequest {
  const url = `${baseURL}/goodlife/v1/fulfilment/certificate/${question.what}/`
  const account: Record<string, string> = accountId === undefined ? {} : { 'rpc-transit-life-account': accountId }
  const headers = { ...inJson, 'access-token': token, ...account }
  if (question.method === 'GET') {
    return { method: 'GET', url: `${url}?${new URLSearchParams(question.query).toString()}`, headers }
  }
  const body = JSON.stringify({ ...question.fields, account_id: accountId })
  return { url, headers, body }
}
