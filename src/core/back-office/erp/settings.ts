import { given } from '../fields.ts'

type Settings = Record<string, unknown>

/** Settings that the wire's configs name otherwise. */
const wireNames: Record<string, string> = { verifyNotifyUrl: 'verifyNotifyURL' }

/**
 * Settings after an ERP wrote anew: what it says now, nothing of what it said before and says no more, and what operators
 * set besides.
 * @param said the config as the ERP wrote it last.
 */
export function settingsAfter<Current extends object>(current: Current, said: unknown, now: Partial<Current>): Current {
  const config = (said ?? {}) as Settings
  const kept = Object.entries(current).filter(([name]) => config[wireNames[name] ?? name] === undefined)
  return { ...Object.fromEntries(kept), ...given(now) } as Current
}
