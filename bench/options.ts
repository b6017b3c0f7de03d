import { parseArgs } from 'node:util'

export const benches = ['issue', 'redeem', 'dispatch', 'rules'] as const
export type BenchName = (typeof benches)[number]

export type BenchOptions = {
  bench: BenchName
  /** How long each load is measured, after its warm-up. */
  seconds: number
  connections: number
  isJson: boolean
  /** Where the hubs leave their CPU profiles; absent: none are taken. */
  profileFolder: string | undefined
}

const usage = `usage: npm run bench -- ${benches.join('|')} [--seconds 8] [--connections 64] [--profile <folder>] [--json]`

/** Reads the command line. @throws an Error that says how the bench is used. */
export function readOptions(argv: string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '8' },
      connections: { type: 'string', default: '64' },
      profile: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const bench = benches.find((name) => name === positionals[0])
  if (bench === undefined || positionals.length > 1) throw new Error(usage)
  return {
    bench,
    seconds: wholeNumber('seconds', values.seconds, 120),
    connections: wholeNumber('connections', values.connections, 1_000),
    isJson: values.json,
    profileFolder: values.profile,
  }
}

function wholeNumber(name: string, text: string, most: number): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= most) return number
  throw new Error(`--${name} is a whole number from 1 to ${most}, not ${text}.\n${usage}`)
}
