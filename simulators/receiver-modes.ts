import { isJsonObject } from './json.ts'

const modes = ['ok', '500', 'slow', 'wrong', 'garbage', 'closed'] as const

/**
 * How callbacks to one path are answered: `ok` as the document wants; `500`; `slow` (ok, but after `milliseconds`); `wrong`
 * (HTTP 200 with code FAIL); `garbage` (HTTP 200 with a page of HTML); `closed` (the connection is closed without an answer).
 */
export type ReceiverMode = (typeof modes)[number]

/** `times` is how many callbacks still get this mode before it is `ok` again; absent, all of them do. */
export type ModeSetting = { path: string; mode: ReceiverMode; milliseconds?: number; times?: number }

/** What a path's next callback gets. */
export type ModeStep = Omit<ModeSetting, 'path' | 'times'>

export type ReceiverModes = {
  set: (setting: ModeSetting) => void
  /** The mode for a callback that has just arrived; counts down `times`. */
  take: (path: string) => ModeStep
  list: () => Record<string, Omit<ModeSetting, 'path'>>
}

/** The paths on which callbacks arrive; more path behind either (`/lakala/used/branch-7`) keeps addresses apart. */
export const callbackPaths = { issued: '/lakala/issued', used: '/lakala/used' } as const

export const isUnder = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`)

/** True for the paths that take callbacks. */
export const isCallbackPath = (path: string): boolean =>
  Object.values(callbackPaths).some((root) => isUnder(path, root))

const longestWaitMilliseconds = 600_000
const example = '{"path":"/lakala/issued","mode":"500","times":2}'

const isWholeNumber = (value: unknown, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most

function problemOf(setting: unknown): string | undefined {
  if (!isJsonObject(setting)) return `the mode is to be a JSON object, such as ${example}`
  const { path, mode, milliseconds, times, ...others } = setting
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) return `"${unknown}" is not known; the fields are path, mode, milliseconds and times`
  if (typeof path !== 'string' || !isCallbackPath(path))
    return `"path" is to be ${callbackPaths.issued} or ${callbackPaths.used} (or begin so, with a / behind)`
  if (!modes.some((known) => known === mode))
    return `"mode" is to be one of ${modes.map((known) => `"${known}"`).join(', ')}`
  if (mode === 'slow' && milliseconds === undefined) return 'mode "slow" needs "milliseconds": how long to wait'
  if (milliseconds !== undefined && !isWholeNumber(milliseconds, longestWaitMilliseconds))
    return `"milliseconds" is to be a whole number from 1 to ${longestWaitMilliseconds}`
  if (times !== undefined && !isWholeNumber(times, Number.MAX_SAFE_INTEGER))
    return '"times" is to be a whole number from 1, or absent for "until it is set anew"'
  return undefined
}

/**
 * Reads a mode as it comes over HTTP or from a test.
 * @throws Error with a sentence that says which field to change and to what.
 */
export function parseMode(setting: unknown): ModeSetting {
  const problem = problemOf(setting)
  if (problem !== undefined) throw new Error(`Cannot set this mode: ${problem}.`)
  return setting as ModeSetting
}

/** All paths start out `ok`. */
export function createModes(): ReceiverModes {
  const settings = new Map<string, ModeSetting>(
    Object.values(callbackPaths).map((path) => [path, { path, mode: 'ok' as const }]),
  )
  return {
    set: (setting) => void settings.set(setting.path, { ...setting }),
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
