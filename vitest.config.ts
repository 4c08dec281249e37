import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    // The examples and the documentation import the package by its name: here that is the source itself.
    alias: [
      { find: /^dji-cloud$/, replacement: source('index.ts') },
      { find: /^dji-cloud\/express$/, replacement: source('adapters/http/express.ts') },
      { find: /^dji-cloud\/koa$/, replacement: source('adapters/http/koa.ts') },
      { find: /^dji-cloud\/plugin$/, replacement: source('plugin.ts') },
      { find: /^dji-cloud\/testing$/, replacement: source('testing/index.ts') },
      { find: /^dji-cloud\/bridge$/, replacement: source('bridge/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './scripts/closing-line.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Most files wait for sockets and browsers, not for the processor; a verdict is worth its minutes.
    maxWorkers: process.env['CI'] ? 1 : 2,
    // One second try for a test that real servers and browsers disturbed, on CI alone; it is named at the end of the run.
    retry: process.env['CI'] ? 1 : 0,
  },
})
