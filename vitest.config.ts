import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Folders whose tests start no process, no thread and no server. */
const PURE = [
  'answer',
  'base',
  'config',
  'geo',
  'metrics',
  'model',
  'plan',
  'rfc',
  'route',
  'scenario',
  'simulate',
  'wire',
  'zone',
]
const pure = PURE.map(folder => `test/${folder}/**/*.test.ts`)

export default defineConfig({
  test: {
    reporters: ['default', './test/plain-closing-line.ts'],
    // Files run side by side: what a test waits for comes later then, and is right all the same.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks',
    // Half of the files mostly wait for processes that they have started.
    maxWorkers: availableParallelism() + 1,
    // In the order of their names: what takes longest begins first.
    projects: [
      {
        extends: true,
        test: {
          name: 'running',
          include: ['test/**/*.test.ts'],
          exclude: pure,
          globalSetup: ['test/global-setup.ts'],
        },
      },
      // A process for many files: what they import, which is most of what they cost, is imported once.
      { extends: true, test: { name: 'units', include: pure, isolate: false } },
    ],
  },
})
