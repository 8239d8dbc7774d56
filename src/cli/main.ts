#!/usr/bin/env node
import { once } from 'node:events'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Entry of the `tollgate` program.

// A reader that has seen enough, such as `head`, closes the pipe: that is no failure of ours.
const leave = (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 3)
const { stdout, stderr } = process
stdout.on('error', leave)

// Half of a short command is compiling: what was compiled is kept beside the packages, where nobody
// writes who could not change the program itself. Where it cannot be written it is done without.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/tollgate'))
const { runCli } = await import('./run.ts')

process.exitCode = await runCli(process.argv.slice(2), {
  out: (line) => stdout.write(`${line}\n`),
  drained,
  detach: () => stdout.off('error', leave),
  err: (line) => stderr.write(`${line}\n`),
  screen: stdout.isTTY ? { columns: stdout.columns, hasColors: stdout.hasColors() } : undefined,
  // ECMA-48: to the left margin, and what stands there erased.
  progress: stderr.isTTY ? (line) => stderr.write(`\r\u001b[K${line}`) : undefined,
})

/** As far as the reader has taken: it may be slower than we are. */
async function drained(): Promise<void> {
  if (stdout.writableNeedDrain) await once(stdout, 'drain')
}
