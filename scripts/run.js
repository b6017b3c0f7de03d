// Runs the command line from the source: `node scripts/run.js serve` is `quanhub serve`.
import module from 'node:module'
import { fileURLToPath } from 'node:url'
import './require-type-stripping.js'

// Stripping and compiling some hundred files takes longer than all else of a start: what was compiled is kept.
module.enableCompileCache?.(fileURLToPath(new URL('../node_modules/.cache/quanhub-compiled', import.meta.url)))
await import('../src/main.ts')
