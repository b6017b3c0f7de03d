import type { Belongings } from './belongings.ts'
import type { Comparison } from './compare.ts'
import type { DispatchResult } from './dispatch.ts'
import type { BenchOptions } from './options.ts'
import type { Stage } from './stage.ts'

/** What a bench is handed. `tell` says what it is at, to whoever waits. */
export type BenchContext = {
  belongings: Belongings
  stage: Stage
  options: BenchOptions
  tell: (text: string) => void
}

export type BenchResult = { comparisons?: Comparison[]; dispatch?: DispatchResult }

export type Bench = (context: BenchContext) => Promise<BenchResult>
