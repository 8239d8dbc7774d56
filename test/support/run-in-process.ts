import { runCli } from '../../src/cli/run.ts'

/** Runs a command line in this process; gives its exit code and all that it said. */
export async function runInProcess(...args: string[]) {
  const out: string[] = []
  const err: string[] = []
  const terminal = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) }
  const code = await runCli(args, terminal)
  return { code, out: out.join('\n'), err: err.join('\n') }
}
