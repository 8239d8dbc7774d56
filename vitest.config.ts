import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const secrets = join(import.meta.dirname, 'test', 'secrets')

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // What is secret is searched for in all that was given out when every test has run.
    globalSetup: join(secrets, 'run.ts'),
    setupFiles: join(secrets, 'in-tests.ts'),
    execArgv: ['--import', join(secrets, 'preload.mjs')],
  },
})
