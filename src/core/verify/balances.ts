import type { Difference } from './difference.ts'
import type { Sums } from './buckets.ts'

type Counter = { key: string; used: number; max: number }

/** Prepaid balances against the ledger: what was paid in, what orders took, and what coupons and open requests hold of it. */
export function compareBalances(sums: Sums, counters: readonly Counter[]): Difference[] {
  const counterOf = new Map(counters.map((counter) => [counter.key.slice('balance:'.length), counter]))
  const amountOf = (subject: string): number => sums.get(subject)?.amount ?? 0
  const named = [...sums.keys()].flatMap((subject) => /^(?:ledger \w+ |counter balance:)(.+)$/.exec(subject)?.[1] ?? [])
  return [...new Set([...named, ...counterOf.keys()])].flatMap((channelId) => {
    const { used, max } = counterOf.get(channelId) ?? { used: 0, max: 0 }
    const subject = `balance:${channelId}`
    return [
      differ('balance_paid', subject, amountOf(`ledger paid ${channelId}`), max, 'what the ledger says was paid in'),
      differ('balance_taken', subject, amountOf(`ledger taken ${channelId}`), used, 'what the ledger says orders took'),
      differ(
        'balance_held',
        subject,
        amountOf(`counter balance:${channelId}`),
        used,
        'what coupons and orders hold of it',
      ),
    ].flat()
  })
}

function differ(check: string, subject: string, expected: number, found: number, what: string): Difference[] {
  if (expected === found) return []
  const words = `counter ${subject} is not ${what} (expected ${expected} fen, found ${found})`
  return [{ check, subject, expected: String(expected), found: String(found), words }]
}
