import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../kernel/failure.ts'
import { hideSecrets } from '../kernel/secret.ts'
import {
  type Command,
  type ExitCode,
  exitCodes,
  explainError,
  printable,
  type Terminal,
} from './command.ts'
import { commands, groups } from './commands.ts'
import { type CommandTable, LineError, readLine, type Understood } from './line/parse.ts'
import { readBounded } from './line/read-given.ts'
import { usageOf } from './line/usage.ts'

/** What `--help` of the program says last. */
const notes = `Every command has --help, and --json where it prints anything for programs.

Exit codes: 0 yes, 1 no (damaged, not found, refused), 2 wrong usage, 3 cannot be found out.
docs/cli.md has all of it on one page.`

const table: CommandTable = { commands, groups, notes, version }

/** Runs the command that a command line names; never throws, and says what went wrong. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let understood: Understood | undefined
  try {
    const read = await readLine(args, table, terminal)
    if (typeof read === 'number') return read
    understood = read
    return await runUnderstood(read, terminal)
  } catch (error) {
    const { code, line } = explainError(error)
    terminal.progress?.('')
    if (code === exitCodes.ok) return code
    for (const each of `tollgate: ${hideSecrets(line)}`.split('\n')) terminal.err(printable(each))
    if (code === exitCodes.usage) tellUsage(error, understood, terminal)
    return code
  }
}

async function runUnderstood(read: Understood, terminal: Terminal): Promise<ExitCode> {
  const { command, given } = read
  const isAsked = command.input?.isAsked(given)
  const around = isAsked ? { ...terminal, input: await inputOf(command, terminal) } : terminal
  if (!command.recorded) return await ranOut(read, around)
  const { runRecorded } = await import('./recorded.ts')
  return await runRecorded(read, around, ranOut)
}

/** Runs it until all that it said is taken. */
async function ranOut({ command, given }: Understood, terminal: Terminal): Promise<ExitCode> {
  const code = await command.run(given, terminal)
  await terminal.drained?.()
  return code
}

/** An empty one is a program before us that failed. */
async function inputOf({ input }: Command, { standardInput }: Terminal): Promise<string> {
  const bytesMax = input?.bytesMax ?? 0
  const bytes = await readBounded(standardInput?.() ?? [], bytesMax)
  const isTooLong = bytes.length > bytesMax
  if (bytes.length > 0 && !isTooLong) return bytes.toString()
  const why = isTooLong ? `is larger than ${bytesMax} bytes` : 'is empty'
  throw new Failure('config_invalid', `standard input ${why}`)
}

function tellUsage(error: unknown, understood: Understood | undefined, { err }: Terminal): void {
  const usage = understood ? usageOf(understood.words, understood.command) : usageIn(error)
  err(`usage: tollgate ${usage}`)
}

function usageIn(error: unknown): string {
  return error instanceof LineError ? error.usage : '<command> [options]'
}

function version(): string {
  const text = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}
