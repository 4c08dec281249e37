import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    // The examples and the documentation import the package by its name: here that is the source itself.
    alias: [
      { find: /^dji-cloud$/, replacement: source('index.ts') },
      { find: /^dji-cloud\/express$/, replacement: source('express.ts') },
      { find: /^dji-cloud\/koa$/, replacement: source('koa.ts') },
      { find: /^dji-cloud\/plugin$/, replacement: source('plugin.ts') },
      { find: /^dji-cloud\/phone-login$/, replacement: source('plugins/phone-login/index.ts') },
      { find: /^dji-cloud\/files$/, replacement: source('plugins/files/index.ts') },
      { find: /^dji-cloud\/oidc$/, replacement: source('plugins/oidc-login/index.ts') },
      { find: /^dji-cloud\/testing$/, replacement: source('testing/index.ts') },
      { find: /^dji-cloud\/bridge$/, replacement: source('bridge/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './scripts/closing-line.ts'],
    // What is over this hangs. It is no measure of speed: a busy machine is ten times as slow as an idle one.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Polling ends when the test does, not after a second: on a busy machine a second is nothing.
    expect: { poll: { timeout: 15_000 } },
    // Most files wait for sockets and browsers, not for the processor; a verdict is worth its minutes.
    maxWorkers: process.env['CI'] ? 1 : 2,
    // No `retry`: a test that fails now and then has a fault, or shows one.
  },
})
