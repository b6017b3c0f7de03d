import { resolve } from 'node:path'
import { z } from 'zod'
import { parseMasterKey, type MasterKey } from './keyring.ts'

/** What the environment may say. docs/configuration.md lists the same names; a test holds the two together. */
const flag = z.enum(['true', 'false']).transform((text) => text === 'true')
const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max))

const url = () => z.url({ protocol: /^https?$/, error: 'must be an address, http or https' })

export const environmentSchema = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')
    .optional(),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: whole(0, 65_535).default(8080),
  QUANHUB_DATA_DIR: z.string().min(1).default('./data'),
  QUANHUB_MASTER_KEY: z.string().optional(),
  QUANHUB_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  QUANHUB_DATABASE_CONNECTIONS: whole(2, 200).default(10),
  QUANHUB_BATCH_COMMANDS: whole(1, 200).default(200),
  QUANHUB_BATCHES_IN_FLIGHT: whole(1, 64).default(1),
  QUANHUB_REQUEST_TIMEOUT_SECONDS: whole(1, 60).default(8),
  QUANHUB_RECEIVE_TIMEOUT_SECONDS: whole(1, 60).default(10),
  QUANHUB_CONNECTIONS: whole(10, 100_000).default(2_000),
  QUANHUB_CONNECTIONS_PER_ADDRESS: whole(1, 100_000).default(200),
  QUANHUB_REQUESTS_PER_SECOND: whole(1, 1_000_000).default(300),
  QUANHUB_DISPATCH: flag.default(true),
  QUANHUB_DISPATCH_CONCURRENCY: whole(1, 2_000).default(200),
  QUANHUB_DISPATCH_CONCURRENCY_PER_ADDRESS: whole(1, 2_000).default(50),
  QUANHUB_CALLBACK_NETWORKS: z.string().default(''),
  QUANHUB_TRUSTED_PROXIES: z.string().default(''),
  QUANHUB_PUBLIC_URL: url().optional(),
  QUANHUB_SMS_URL: url().optional(),
  QUANHUB_SMS_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .optional(),
  QUANHUB_WECHAT_OPEN_URL: url().default('https://open.weixin.qq.com'),
  QUANHUB_WECHAT_API_URL: url().default('https://api.weixin.qq.com'),
  QUANHUB_TIME_FACTOR: whole(1, 100_000).default(1),
  QUANHUB_DELIVERIES_KEPT_DAYS: whole(1, 3_650).default(90),
  QUANHUB_DECISIONS_KEPT_DAYS: whole(1, 3_650).default(90),
})

export type Config = {
  databaseUrl: string | undefined
  host: string
  port: number
  dataFolder: string
  masterKey: MasterKey | undefined
  logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'
  databaseConnections: number
  batchCommands: number
  batchesInFlight: number
  requestTimeoutSeconds: number
  /** How long a request may take to arrive whole. */
  receiveTimeoutSeconds: number
  connections: number
  connectionsPerAddress: number
  requestsPerSecond: number
  isDispatching: boolean
  dispatchConcurrency: number
  dispatchConcurrencyPerAddress: number
  callbackNetworks: string[]
  trustedProxies: string[]
  /** Where holders reach the hub, without a slash at the end; undefined: where it listens. */
  publicUrl: string | undefined
  /** Where short messages to holders go, and what proves to that gateway who sends them. Both or neither. */
  smsUrl: string | undefined
  smsKey: string | undefined
  /** WeChat's pages for holders, and where it is asked who they are. Without a slash at the end. */
  wechat: { openUrl: string; apiUrl: string }
  timeFactor: number
  deliveriesKeptDays: number
  decisionsKeptDays: number
  /** In the sandbox loopback may be called back, and a bad signature is answered with the string that was expected. */
  isSandbox: boolean
}

/** A configuration that cannot be used: `problems` names every one of them. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: string[]

  constructor(problems: string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/**
 * Reads the environment once. Throws a `ConfigError` that names every problem at once. An empty variable counts as
 * absent, so that `NAME= quanhub serve` means the default.
 */
export function readConfig(environment: Record<string, string | undefined>, isSandbox = false): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = environmentSchema.safeParse(given)
  const problems = parsed.success ? [] : parsed.error.issues.map(problemOf)
  problems.push(...unknownNames(given), ...masterKeyProblems(given['QUANHUB_MASTER_KEY']), ...smsProblems(given))
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  const value = parsed.data
  return {
    databaseUrl: value.DATABASE_URL,
    host: value.HOST,
    port: value.PORT,
    dataFolder: resolve(value.QUANHUB_DATA_DIR),
    masterKey: value.QUANHUB_MASTER_KEY === undefined ? undefined : parseMasterKey(value.QUANHUB_MASTER_KEY),
    logLevel: value.QUANHUB_LOG_LEVEL,
    databaseConnections: value.QUANHUB_DATABASE_CONNECTIONS,
    batchCommands: value.QUANHUB_BATCH_COMMANDS,
    batchesInFlight: value.QUANHUB_BATCHES_IN_FLIGHT,
    requestTimeoutSeconds: value.QUANHUB_REQUEST_TIMEOUT_SECONDS,
    receiveTimeoutSeconds: value.QUANHUB_RECEIVE_TIMEOUT_SECONDS,
    connections: value.QUANHUB_CONNECTIONS,
    connectionsPerAddress: value.QUANHUB_CONNECTIONS_PER_ADDRESS,
    requestsPerSecond: value.QUANHUB_REQUESTS_PER_SECOND,
    isDispatching: value.QUANHUB_DISPATCH,
    dispatchConcurrency: value.QUANHUB_DISPATCH_CONCURRENCY,
    dispatchConcurrencyPerAddress: value.QUANHUB_DISPATCH_CONCURRENCY_PER_ADDRESS,
    callbackNetworks: listOf(value.QUANHUB_CALLBACK_NETWORKS),
    trustedProxies: listOf(value.QUANHUB_TRUSTED_PROXIES),
    publicUrl: value.QUANHUB_PUBLIC_URL && withoutSlash(value.QUANHUB_PUBLIC_URL),
    smsUrl: value.QUANHUB_SMS_URL,
    smsKey: value.QUANHUB_SMS_KEY,
    wechat: {
      openUrl: withoutSlash(value.QUANHUB_WECHAT_OPEN_URL),
      apiUrl: withoutSlash(value.QUANHUB_WECHAT_API_URL),
    },
    timeFactor: value.QUANHUB_TIME_FACTOR,
    deliveriesKeptDays: value.QUANHUB_DELIVERIES_KEPT_DAYS,
    decisionsKeptDays: value.QUANHUB_DECISIONS_KEPT_DAYS,
    isSandbox,
  }
}

const withoutSlash = (address: string): string => address.replace(/\/+$/, '')

const listOf = (text: string): string[] => text.split(/[\s,]+/).filter((part) => part !== '')

const problemOf = (issue: z.core.$ZodIssue): string => `${issue.path.join('.')}: ${issue.message}`

// A misspelt name would silently mean the default, which is worst for the settings that protect something.
function unknownNames(given: Record<string, unknown>): string[] {
  return Object.keys(given)
    .filter((name) => name.startsWith('QUANHUB_') && !name.startsWith('QUANHUB_TEST_'))
    .filter((name) => !(name in environmentSchema.shape))
    .map((name) => `${name}: there is no such setting (docs/configuration.md has the list)`)
}

const smsNames = ['QUANHUB_SMS_URL', 'QUANHUB_SMS_KEY'] as const

function smsProblems(given: Record<string, unknown>): string[] {
  const missing = smsNames.filter((name) => given[name] === undefined)
  return missing.length === 1 ? missing.map((name) => `${name}: is missing: ${smsNames.join(' and ')} go together`) : []
}

function masterKeyProblems(text: string | undefined): string[] {
  if (text === undefined) return []
  try {
    parseMasterKey(text)
    return []
  } catch (error) {
    return [`QUANHUB_MASTER_KEY: ${(error as Error).message}`]
  }
}
