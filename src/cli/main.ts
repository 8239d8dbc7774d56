#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Entry of the `tollgate` program.

const { stdin, stdout, stderr } = process

// Half of a short command is compiling: what was compiled is kept beside the packages, where nobody
// writes who could not change the program itself. Where it cannot be written it is done without.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/tollgate'))
const { runCli } = await import('./run.ts')
const { Output } = await import('./output.ts')
const { keepAlive } = await import('../kernel/clock.ts')
const output = new Output(stdout)

// Of what a command waits for, timers and other programs' locks do not keep the process.
using _alive = keepAlive()

process.exitCode = await runCli(process.argv.slice(2), {
  out: (line) => output.out(line),
  drained: () => output.drained(),
  detach: () => output.detach(),
  standardInput: () => stdin,
  err: (line) => stderr.write(`${line}\n`),
  screen: stdout.isTTY ? { columns: stdout.columns, hasColors: stdout.hasColors() } : undefined,
  // ECMA-48: to the left margin, and what stands there erased.
  progress: stderr.isTTY ? (line) => stderr.write(`\r\u001b[K${line}`) : undefined,
})
