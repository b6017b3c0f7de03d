import { hash } from 'node:crypto'
import { askForObject, inJson, unknown, wordsOf } from '../answers.ts'
import { countIn, objectIn, textIn } from '../read.ts'
import type { SupplierSend, Unknown } from '../supplier.ts'
import type { DouyinSettings } from './settings.ts'

export type Token = { kind: 'token'; value: string }

/**
 * Tokens hold for two hours, and a new one soon ends the one before, so that they are kept: a few, in memory alone,
 * each as long as it holds. Whoever has none, or one that is no good any more, asks; several at once ask once.
 */
export type Tokens = {
  get: (settings: DouyinSettings, send: SupplierSend) => Promise<Token | Unknown>
  /** Forgets a token that Douyin does not take any more. */
  drop: (settings: DouyinSettings, token: Token) => void
}

type Given = Token & { expiresInSeconds: number }
type Kept = { answer: Promise<Given | Unknown>; value?: string; until?: number }

const mostTokens = 100
const marginSeconds = 60

export function createTokens(now: () => Date): Tokens {
  const kept = new Map<string, Kept>()
  const askAnew = async (key: string, settings: DouyinSettings, send: SupplierSend) => {
    const entry: Kept = { answer: askForToken(settings, send) }
    kept.delete(key)
    kept.set(key, entry)
    const [oldest] = kept.keys()
    if (kept.size > mostTokens && oldest !== undefined) kept.delete(oldest)
    const answer = await entry.answer
    // The seconds are counted from now on: an answer that took long only makes the margin smaller.
    if (answer.kind === 'token') Object.assign(entry, heldBy(answer, now()))
    else if (kept.get(key) === entry) kept.delete(key)
    return answer
  }
  return {
    get: async (settings, send) => {
      const key = keyOf(settings)
      const entry = kept.get(key)
      const isGood = entry !== undefined && (entry.until === undefined || entry.until > now().getTime())
      return isGood ? entry.answer : askAnew(key, settings, send)
    },
    drop: (settings, { value }) => {
      const key = keyOf(settings)
      if (kept.get(key)?.value === value) kept.delete(key)
    },
  }
}

const heldBy = ({ value, expiresInSeconds }: Given, at: Date) => ({
  value,
  until: at.getTime() + (expiresInSeconds - marginSeconds) * 1000,
})

const keyOf = ({ baseURL, clientKey, clientSecret }: DouyinSettings): string =>
  hash('sha256', JSON.stringify([baseURL, clientKey, clientSecret]))

async function askForToken(
  { baseURL, clientKey, clientSecret }: DouyinSettings,
  send: SupplierSend,
): Promise<Given | Unknown> {
  const message = { client_key: clientKey, client_secret: clientSecret, grant_type: 'client_credential' }
  const told = await askForObject(send, {
    url: `${baseURL}/oauth/client_token/`,
    headers: inJson,
    body: JSON.stringify(message),
  })
  if (told.kind === 'unknown') return unknown(`No token was given. ${told.reason}`)
  const data = objectIn(told.object['data'])
  const value = textIn(data['access_token'])
  if (value === undefined || !/^[\x21-\x7e]{1,512}$/.test(value)) {
    return unknown(`No token was given: ${wordsOf(data['description'], clientSecret)}`)
  }
  return { kind: 'token', value, expiresInSeconds: countIn(data['expires_in']) ?? 0 }
}
