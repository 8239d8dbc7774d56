import type { AuditEvent } from '../audit/event.ts'
import type { Settings } from '../config/load.ts'
import { escapedUnits, unseen } from '../kernel/escaped-units.ts'
import { Failure, type FailureCode } from '../kernel/failure.ts'
import type { Argument, Options, Values } from './line/options.ts'

/** What every command ends with; scripts may rely on it. */
export const exitCodes = {
  /** Done, and the answer is yes. */
  ok: 0,
  /** Done, and the answer is no: damaged, not found, not readable as what it should be. */
  no: 1,
  /** The command line is wrong; nothing was done. */
  usage: 2,
  /** It could not be found out: a file or directory is missing or cannot be read. */
  unknown: 3,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Where a command writes: results to `out`, everything about them to `err`. */
export interface Terminal {
  /** Where `records` of what is on record stand on the line, says how many. */
  out(line: string, records?: number): void
  err(line: string): void
  /** How a person sees what goes to `out`; undefined where a program or a file takes it. */
  readonly screen?: Screen | undefined
  /** Shows a line in place of the one before, '' takes it away; there where a person looks on. */
  readonly progress?: ((line: string) => void) | undefined
  /** Resolves when what was said has been taken, so that much of it needs no memory. */
  readonly drained?: (() => Promise<void>) | undefined
  /** From here on it goes on when nobody reads what it says any more. */
  readonly detach?: (() => void) | undefined
  /** Writes an event into the log of the command line, where the use of this command is recorded. */
  readonly record?: ((event: AuditEvent) => Promise<void>) | undefined
  /** Standard input, for a command that is told to read it. */
  readonly standardInput?: (() => AsyncIterable<Uint8Array>) | undefined
  /** What came on standard input, where this command was told to read it. */
  readonly input?: string | undefined
  /** What the file of settings says, where it has been read to record the use of this command. */
  readonly settings?: Settings | undefined
}

/** A terminal that a person looks at. */
export interface Screen {
  readonly columns: number
  readonly hasColors: boolean
}

/** What a command is given, read and checked. */
export interface Given<Known extends Options, Taken> {
  readonly values: Values<Known>
  readonly argument: Taken
}

/** One command of the `tollgate` program; help, completion and docs/cli.md are made from it. */
export interface Command<Known extends Options = Options, Taken = unknown> {
  /**
   * Whether its use is written into the log of the command line, because it reads or changes what a
   * gate or its store has; `without_numbers` where those it was given must not be kept.
   */
  readonly recorded?: 'whole' | 'without_numbers'
  /**
   * Whether it is told to read standard input, and how much at most. It is read before the use of the
   * command is recorded: another that is being recorded may be the one that writes it.
   */
  readonly input?: {
    readonly bytesMax: number
    isAsked(given: Given<Known, Taken>): boolean
  }
  /** Undefined where it takes none. */
  readonly argument?: Argument<Taken>
  readonly options: Known
  /** Why there is no --json, where there is none. */
  readonly withoutJson?: string
  /** What 1 says where it ends with it, as in `the log is damaged`. */
  readonly no?: string
  /** Throws `UsageError` where what it was given does not go together. */
  run(given: Given<Known, Taken>, terminal: Terminal): Promise<ExitCode>
}

/** A command whose body knows what its options and its argument give. */
export function command<const Known extends Options, Taken = undefined>(
  declared: Command<Known, Taken>,
): Command {
  return declared
}

/** The command line is wrong; the message says how. */
export class UsageError extends Error {}

/** Nobody takes what goes to `out` any more. */
export class OutputGone extends Error {
  readonly code: ExitCode

  constructor(cause: NodeJS.ErrnoException) {
    super(`standard output cannot be written: ${cause.message}`, { cause })
    // A reader that has seen enough, such as `head`, closes the pipe: that is no failure of ours.
    this.code = cause.code === 'EPIPE' ? exitCodes.ok : exitCodes.unknown
  }
}

const answersNo: ReadonlySet<FailureCode> = new Set(['not_found'])

/** The exit code and the line for an error that came out of a command. */
export function explainError(error: unknown): { readonly code: ExitCode; readonly line: string } {
  const line = error instanceof Error ? error.message : 'an unknown error'
  if (error instanceof UsageError) return { code: exitCodes.usage, line }
  if (error instanceof OutputGone) return { code: error.code, line }
  const isNo = error instanceof Failure && answersNo.has(error.code)
  return { code: isNo ? exitCodes.no : exitCodes.unknown, line }
}

const unprintable = new RegExp(unseen, 'gu')

/** Text that came from the network, fit for a terminal and for one line. */
export function printable(text: string): string {
  return text.replace(unprintable, escapedUnits)
}
