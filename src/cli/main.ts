#!/usr/bin/env node
import { once } from 'node:events'
import { runCli } from './run.ts'

// Entry of the `tollgate` program.

// A reader that has seen enough, such as `head`, closes the pipe: that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 3)
})

process.exitCode = await runCli(process.argv.slice(2), {
  out: (line) => process.stdout.write(`${line}\n`),
  drained,
  err: (line) => process.stderr.write(`${line}\n`),
  // ECMA-48: to the left margin, and what stands there erased.
  progress: process.stderr.isTTY ? (line) => process.stderr.write(`\r\u001b[K${line}`) : undefined,
})

/** As far as the reader has taken: it may be slower than we are. */
async function drained(): Promise<void> {
  if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain')
}
