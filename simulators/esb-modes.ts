import { isJsonObject } from './json.ts'

const everywhere = ['ok', 'refuse', 'unknown', 'timeout', 'slow', '500', 'garbage', 'closed'] as const
const whenMaking = [...everywhere, 'fewer', 'twice', 'repeated'] as const

/**
 * How requests to one path are answered: `ok` as the document wants; `refuse` (a clear no, nothing is done); `unknown`
 * (returnCode 32, nothing is done); `timeout` (it is done, and never answered); `slow` (ok, but after `milliseconds`);
 * `500`; `garbage` (it is done; HTTP 200 with a page of HTML); `closed` (it is done; the connection is closed without an
 * answer). Of codes besides, which are made all the same: `fewer` (one is left out), `twice` (the last is the first
 * again), `repeated` (the first is one that an earlier order was given, if there was one).
 */
export type EsbMode = (typeof whenMaking)[number]

export const esbPaths = { make: '/make', verify: '/verify', notify: '/notify' } as const

export type EsbPath = (typeof esbPaths)[keyof typeof esbPaths]

/** `times` is how many requests still get this mode before it is `ok` again; absent, all of them do. */
export type EsbModeSetting = { path: EsbPath; mode: EsbMode; milliseconds?: number; times?: number }

/** What a path's next request gets. */
export type EsbModeStep = Omit<EsbModeSetting, 'path' | 'times'>

export type EsbModes = {
  set: (setting: EsbModeSetting) => void
  /** The mode for a request that has just arrived; counts down `times`. */
  take: (path: EsbPath) => EsbModeStep
  list: () => Record<string, Omit<EsbModeSetting, 'path'>>
}

export const isEsbPath = (path: unknown): path is EsbPath => Object.values(esbPaths).some((known) => known === path)

const longestWaitMilliseconds = 600_000
const example = '{"path":"/make","mode":"refuse","times":2}'

const isWholeNumber = (value: unknown, most: number): boolean =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most

function problemOf(setting: unknown): string | undefined {
  if (!isJsonObject(setting)) return `the mode is to be a JSON object, such as ${example}`
  const { path, mode, milliseconds, times, ...others } = setting
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) return `"${unknown}" is not known; the fields are path, mode, milliseconds and times`
  if (!isEsbPath(path)) return `"path" is to be one of ${Object.values(esbPaths).join(', ')}`
  const modes: readonly string[] = path === esbPaths.make ? whenMaking : everywhere
  if (!modes.some((known) => known === mode)) return `"mode" is to be one of ${modes.join(', ')} for ${path}`
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
export function parseEsbMode(setting: unknown): EsbModeSetting {
  const problem = problemOf(setting)
  if (problem !== undefined) throw new Error(`Cannot set this mode: ${problem}.`)
  return setting as EsbModeSetting
}

/** All paths start out `ok`. */
export function createEsbModes(): EsbModes {
  const settings = new Map<EsbPath, EsbModeSetting>(
    Object.values(esbPaths).map((path) => [path, { path, mode: 'ok' as const }]),
  )
  return {
    set: (setting) => void settings.set(setting.path, { ...setting }),
    take: (path) => {
      const { path: _path, times, ...step } = settings.get(path)!
      if (times === 1) settings.set(path, { path, mode: 'ok' })
      else if (times !== undefined) settings.set(path, { path, ...step, times: times - 1 })
      return step
    },
    list: () => Object.fromEntries([...settings].map(([path, { path: _path, ...rest }]) => [path, rest])),
  }
}
