// Runs the command line from the source: `node scripts/run.js serve` is `quanhub serve`.
import './require-type-stripping.js'

await import('../src/main.ts')
