import CliTable from 'cli-table3'
import { SingleBar } from 'cli-progress'

export type Table = { head: string[]; rows: string[][] }

/** A bar that grows. `stop` leaves it as it is. */
export type Progress = { add: (amount: number) => void; stop: () => void }

/** Where a command speaks: the terminal of this process, or the one at the other end of the hub's socket. */
export type Output = {
  line: (text: string) => void
  /** For people, beside the result: on the error stream. */
  error: (text: string) => void
  table: (table: Table) => void
  json: (value: unknown) => void
  /** `total` is in whatever unit `add` counts. */
  progress: (total: number, label: string) => Progress
  /** Whether a person watches: no bars and no widths otherwise. */
  isInteractive: boolean
  /** The width of the terminal in characters. */
  columns: number
}

/** What a command found or did: `value` for programs (`--json`), the rest for people. */
export type Report = { value: unknown; lines?: string[]; table?: Table; exitCode?: number }

/** Prints a report, and answers the exit code. */
export function printReport(output: Output, report: Report | undefined, isJson: boolean): number {
  if (report === undefined) return 0
  if (isJson) output.json(report.value)
  else {
    if (report.table !== undefined) output.table(report.table)
    for (const line of report.lines ?? []) output.line(line)
  }
  return report.exitCode ?? 0
}

type Stream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number }

const widthWithoutTerminal = 200

/** Speaks on this process's own streams: results on `out`, words for people and bars on `err`. */
export function createTerminalOutput(out: Stream, err: Stream): Output {
  const isInteractive = out.isTTY === true && err.isTTY === true
  return {
    line: (text) => void out.write(`${text}\n`),
    error: (text) => void err.write(`${text}\n`),
    table: (table) => void out.write(`${renderTable(table)}\n`),
    json: (value) => void out.write(`${JSON.stringify(value, undefined, 2)}\n`),
    progress: (total, label) => (isInteractive ? startBar(err, total, label) : { add: () => {}, stop: () => {} }),
    isInteractive,
    columns: out.columns ?? widthWithoutTerminal,
  }
}

function startBar(stream: Stream, total: number, label: string): Progress {
  const bar = new SingleBar({ stream, format: `${label} {bar} {percentage}%  ETA {eta_formatted}`, barsize: 30 })
  bar.start(total, 0)
  return {
    add: (amount) => bar.increment(amount),
    stop: () => bar.stop(),
  }
}

/** Columns without rules, so that lines can be copied and filtered. An empty table has its head alone. */
function renderTable({ head, rows }: Table): string {
  const table = new CliTable({
    head,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
    chars: noRules,
  })
  table.push(...rows)
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

const ruleNames = [
  'top',
  'top-mid',
  'top-left',
  'top-right',
  'bottom',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
  'left',
  'left-mid',
  'mid',
  'mid-mid',
  'right',
  'right-mid',
  'middle',
] as const
const noRules = Object.fromEntries(ruleNames.map((name) => [name, '']))
