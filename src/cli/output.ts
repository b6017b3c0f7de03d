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
