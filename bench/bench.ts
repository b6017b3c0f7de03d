import type { Belongings } from './belongings.ts'
import type { Comparison } from './compare.ts'
import type { CpuUse } from './cpu.ts'
import type { BenchOptions } from './options.ts'
import type { Stage } from './stage.ts'

/** What a bench is handed. `tell` says what it is at, to whoever waits. */
export type BenchContext = {
  belongings: Belongings
  stage: Stage
  options: BenchOptions
  tell: (text: string) => void
}

export type DispatchResult = {
  callbacks: number
  seconds: number
  perSecond: number
  /** Callbacks that were not delivered by exactly one attempt. */
  failures: number
  cpu: CpuUse | undefined
}

export type BenchResult = { comparisons?: Comparison[]; dispatch?: DispatchResult }

export type Bench = (context: BenchContext) => Promise<BenchResult>
