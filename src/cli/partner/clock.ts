import type { HttpHeaders } from '../../../simulators/post-json.ts'
import { bad, good, type Finding } from './finding.ts'

// Half of what a hub allows by default: beyond it a clock that drifts on is soon too far.
const toleratedSeconds = 150

/**
 * How far this machine's clock is from the hub's, by the time in an answer's headers: `Lklapi-Timestamp`, else `Date`.
 * @param asked and @param answered are this machine's times around the request, in milliseconds.
 */
export function clockFinding(headers: HttpHeaders, asked: number, answered: number): Finding | undefined {
  const hubs = hubSeconds(headers)
  if (hubs === undefined) return undefined
  // Headers tell whole seconds, cut.
  const difference = Math.round((asked + answered) / 2000 - (hubs + 0.5))
  if (Math.abs(difference) <= 1) return good("This machine's clock agrees with the hub's.")
  const words = `This machine's clock is ${Math.abs(difference)} s ${difference > 0 ? 'ahead of' : 'behind'} the hub's.`
  if (Math.abs(difference) <= toleratedSeconds) return good(words)
  return bad(`${words} A hub takes 300 s by default: set the clock (NTP).`)
}

function hubSeconds(headers: HttpHeaders): number | undefined {
  const { 'lklapi-timestamp': own, date } = headers
  if (typeof own === 'string' && /^\d{10}$/.test(own)) return Number(own)
  const parsed = typeof date === 'string' ? Date.parse(date) : Number.NaN
  return Number.isNaN(parsed) ? undefined : Math.floor(parsed / 1000)
}
