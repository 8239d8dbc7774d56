import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const secrets = join(import.meta.dirname, 'test', 'secrets')

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // No test is judged by its speed: two cores may be shared with a flood.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is secret is searched for in all that was given out when every test has run.
    globalSetup: join(secrets, 'run.ts'),
    setupFiles: join(secrets, 'in-tests.ts'),
    execArgv: ['--import', join(secrets, 'preload.mjs')],
  },
})
