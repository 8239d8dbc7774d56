import { runCli } from '../../src/cli/run.ts'
import { handsOutByCommand } from '../secrets/handed-out.ts'
import { recorderHere } from '../secrets/recorder.ts'

/** Runs a command line in this process; gives its exit code and all that it said. */
export async function runInProcess(...args: string[]) {
  const out: string[] = []
  const err: string[] = []
  const terminal = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) }
  const code = await runCli(args, terminal)
  const said = { out: out.join('\n'), err: err.join('\n') }
  const isShown = handsOutByCommand(args) ? said.err : `${said.out}\n${said.err}`
  recorderHere()?.said('output', `${isShown}\n`)
  return { code, ...said }
}
