import type { BenchResult, DispatchResult } from './bench.ts'
import type { Comparison } from './compare.ts'
import type { CpuUse } from './cpu.ts'
import type { LoadResult } from './load.ts'

/** The result as lines for people. */
export function describeResult({ comparisons = [], dispatch }: BenchResult): string[] {
  return [...comparisons.flatMap(describeComparison), ...(dispatch === undefined ? [] : describeDispatch(dispatch))]
}

const whole = (value: number): string => Math.round(value).toLocaleString('en')

const describeComparison = ({ title, batched, capped, ratio, idleMegabytes }: Comparison): string[] => [
  '',
  title,
  `  the hub as it is              ${describeLoad(batched)}`,
  `  one command a batch, 16 at once ${describeLoad(capped)}`,
  `  ratio                         ${ratio.toFixed(1)}`,
  `  cores, as it is               ${describeCpu(batched.cpu, 'client')}`,
  `  cores, one a batch            ${describeCpu(capped.cpu, 'client')}`,
  `  milliseconds an answer        ${describeCost(batched.cpu, batched.perSecond)}`,
  ...(idleMegabytes === undefined ? [] : [`  memory of the idle hub        ${whole(idleMegabytes)} MB`]),
]

const describeLoad = ({ perSecond, failures, firstFailure, p50, p99, longest }: LoadResult): string =>
  `${whole(perSecond).padStart(7)}/s   errors ${failures}   p50 ${p50.toFixed(1)} ms   p99 ${p99.toFixed(1)} ms   ` +
  `longest ${whole(longest)} ms` +
  (firstFailure === undefined ? '' : `\n    first error: ${JSON.stringify(firstFailure)}`)

const describeDispatch = ({ perSecond, callbacks, seconds, failures, cpu }: DispatchResult): string[] => [
  '',
  'dispatch of write-off callbacks',
  `  ${whole(perSecond)}/s   errors ${failures}   (${whole(callbacks)} in ${seconds.toFixed(1)} s)`,
  `  cores  ${describeCpu(cpu, 'receiver')}`,
  `  milliseconds a callback  ${describeCost(cpu, perSecond)}`,
]

/** What one answer costs of a core: comparable also where other programs use the machine. */
function describeCost(cpu: CpuUse | undefined, perSecond: number): string {
  if (cpu === undefined) return 'not known'
  const parts = { 'hub main': cpu.hubMain, 'hub other': cpu.hubOther, database: cpu.database }
  return Object.entries(parts)
    .map(([name, cores]) => `${name} ${((cores / perSecond) * 1000).toFixed(3)}`)
    .join(' · ')
}

/** Who used how much of the machine: what has no idle core left is limited by the largest of them. */
function describeCpu(cpu: CpuUse | undefined, peer: string): string {
  if (cpu === undefined) return 'not known: this system has no /proc'
  const parts = {
    [peer]: cpu.client,
    'hub main': cpu.hubMain,
    'hub other': cpu.hubOther,
    database: cpu.database,
    idle: cpu.idle,
    'waiting for disk': cpu.disk,
  }
  const told = Object.entries(parts).map(([name, cores]) => `${name} ${cores.toFixed(2)}`)
  return `${told.join(' · ')} (of ${cpu.cores})`
}
