import { isJsonObject } from './json.ts'

/**
 * How a simulated server answers: `ok` as its document wants; `500`; `slow` (ok, but after `milliseconds`); `wrong` or
 * `refuse`, as the server calls it (HTTP 200, and a refusal in its words); `unknown` (HTTP 200, and its words for not
 * knowing); `timeout` (never); `garbage` (HTTP 200 with a page of HTML); `closed` (the connection is closed without an
 * answer).
 */
export type Mode = 'ok' | '500' | 'slow' | 'wrong' | 'refuse' | 'unknown' | 'timeout' | 'garbage' | 'closed'

/** `times` is how many requests still get this mode before it is `ok` again; absent, all of them do. */
export type ModeSetting<M extends string = Mode> = { path: string; mode: M; milliseconds?: number; times?: number }

/** What a path's next request gets. */
export type ModeStep<M extends string = Mode> = { mode: M | 'ok'; milliseconds?: number }

/** Which modes a server has and where: `paths` are those that are listed from the start, `example` goes into its errors. */
export type ModeRules<M extends string> = {
  modes: readonly M[]
  paths: readonly string[]
  isPath: (path: string) => boolean
  pathHint: string
  example: string
}

export type Modes<M extends string> = {
  /** Takes a setting from a test or as parsed JSON. @throws Error with a sentence that says which field to change and to what. */
  set: (setting: unknown) => void
  /** The mode for a request that has just arrived; counts down `times`. */
  take: (path: string) => ModeStep<M>
  list: () => Record<string, Omit<ModeSetting<M | 'ok'>, 'path'>>
}

const longestWaitMilliseconds = 600_000

const isWholeNumber = (value: unknown, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most

function problemOf(rules: ModeRules<string>, setting: unknown): string | undefined {
  if (!isJsonObject(setting)) return `the mode is to be a JSON object, such as ${rules.example}`
  const { path, mode, milliseconds, times, ...others } = setting
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) return `"${unknown}" is not known; the fields are path, mode, milliseconds and times`
  if (typeof path !== 'string' || !rules.isPath(path)) return `"path" is to be ${rules.pathHint}`
  if (!rules.modes.some((known) => known === mode))
    return `"mode" is to be one of ${rules.modes.map((known) => `"${known}"`).join(', ')}`
  if (mode === 'slow' && milliseconds === undefined) return 'mode "slow" needs "milliseconds": how long to wait'
  if (milliseconds !== undefined && !isWholeNumber(milliseconds, longestWaitMilliseconds))
    return `"milliseconds" is to be a whole number from 1 to ${longestWaitMilliseconds}`
  if (times !== undefined && !isWholeNumber(times, Number.MAX_SAFE_INTEGER))
    return '"times" is to be a whole number from 1, or absent for "until it is set anew"'
  return undefined
}

function parseSetting<M extends string>(rules: ModeRules<M>, setting: unknown): ModeSetting<M> {
  const problem = problemOf(rules, setting)
  if (problem !== undefined) throw new Error(`Cannot set this mode: ${problem}.`)
  return setting as ModeSetting<M>
}

/** All paths start out `ok`. */
export function createModes<M extends string>(rules: ModeRules<M>): Modes<M> {
  const settings = new Map<string, ModeSetting<M | 'ok'>>(rules.paths.map((path) => [path, { path, mode: 'ok' }]))
  return {
    set: (given) => {
      const setting = parseSetting(rules, given)
      settings.set(setting.path, { ...setting })
    },
    take: (path) => {
      const setting = settings.get(path) ?? { path, mode: 'ok' }
      const { path: _path, times, ...step } = setting
      if (times === 1) settings.set(path, { path, mode: 'ok' })
      else if (times !== undefined) settings.set(path, { ...setting, times: times - 1 })
      return step
    },
    list: () => Object.fromEntries([...settings].map(([path, { path: _path, ...rest }]) => [path, rest])),
  }
}
