import { defineConfig } from 'vitest/config'

const everything = ['src/**/*.test.ts', 'test/**/*.test.ts', 'simulators/**/*.test.ts']
// Minutes of work each, which few changes can break.
const long = ['test/package/**/*.test.ts', 'test/verify/years.test.ts']
// A few runs of each in the quick project, and many in the long one.
const scaled = ['test/crash/**/*.test.ts', 'test/proof/**/*.test.ts']

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    // Files of one worker share their modules and its databases, whose start is the slow part of a run.
    isolate: false,
    pool: 'forks',
    maxWorkers: 2,
    // Patience for programs that start on a busy machine, not a promise about speed.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    projects: [
      // `npm test`. Hubs are killed a few times there.
      { extends: true, test: { name: 'quick', include: everything, exclude: long, provide: { isLong: false } } },
      // `npm run test:long`. Hubs are killed many times there.
      { extends: true, test: { name: 'long', include: [...long, ...scaled], provide: { isLong: true } } },
    ],
  },
})
