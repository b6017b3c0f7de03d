import { pino, type Logger } from 'pino'
import type { Config } from './config.ts'

/** Paths that must never be read in a log: secrets, codes and what names a holder. */
const masked = [
  'authorization',
  'sign',
  'key',
  'secret',
  'privateKey',
  'privateKeyPem',
  'masterKey',
  'code',
  'codes',
  'coupon_code',
  'couponCode',
  'third_coupon_id',
  'openid',
  'channel_openid',
  'member_id',
  'mobile',
]

/** The log: one JSON object a line on the standard error stream, so that commands keep the standard output to themselves. */
export function createLog(config: Pick<Config, 'logLevel'>): Logger {
  return pino(
    {
      level: config.logLevel,
      base: { name: 'quanhub' },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: masked.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '***' },
      serializers: { req: requestOf, err: pino.stdSerializers.err },
    },
    pino.destination({ fd: 2, sync: false }),
  )
}

// Neither headers (they hold signatures) nor the query (it may hold anything) are logged.
function requestOf(request: { method?: string; url?: string; ip?: string }): Record<string, unknown> {
  return { method: request.method, path: request.url?.split('?')[0], address: request.ip }
}
