import { Argument, CommanderError, Command as Parser, Option as ParserOption } from 'commander'
import {
  type Command,
  type ExitCode,
  exitCodes,
  type Given,
  type Terminal,
  UsageError,
} from '../command.ts'
import type { Option, Options } from './options.ts'
import { usageOf, written } from './usage.ts'
import type { ValueType } from './values.ts'

/** One row of the table of commands: what it does, and where it is. */
export interface CommandRow {
  readonly help: string
  load(): Promise<Command>
}

/** The commands by their words, one or two, and what each first word of two is about. */
export interface CommandTable {
  readonly commands: Readonly<Record<string, CommandRow>>
  readonly groups: Readonly<Record<string, string>>
  /** What `--help` of the program says last. */
  readonly notes: string
  version(): string
}

/** A command that is to be run, and what it was given. */
export interface Understood {
  readonly words: string
  readonly command: Command
  /** What stood behind the words. */
  readonly args: readonly string[]
  readonly given: Given<Options, unknown>
}

/** A command line that is none, with the command that was meant where that is known. */
export class LineError extends UsageError {
  readonly usage: string

  constructor(message: string, usage: string) {
    super(message)
    this.usage = usage
  }
}

/**
 * The command of a command line with what it is given; an exit code where only help was to be
 * shown, which it then was. Throws `LineError`, in whose message no value stands that was typed.
 */
export async function readLine(
  typed: readonly string[],
  table: CommandTable,
  terminal: Terminal,
): Promise<Understood | ExitCode> {
  const [first, ...rest] = typed
  const line = first === 'help' ? [...rest, '--help'] : typed
  const words = wordsIn(line, table)
  const command = await table.commands[words]?.load()
  const count = command ? words.split(' ').length : 0
  let given: Given<Options, unknown> | undefined
  const parser = parserOf(table, terminal, { words, command, take: (found) => (given = found) })
  const usage = command ? usageOf(words, command) : `${groupIn(line, table)}<command>`
  try {
    parser.parse([...line], { from: 'user' })
  } catch (error) {
    if (error instanceof UsageError) throw new LineError(error.message, usage)
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return exitCodes.ok
    if (error.code === 'commander.help') return exitCodes.usage
    throw new LineError(sentenceOf(error.message), usage)
  }
  if (!command || !given) throw new LineError('which command?', usage)
  return { words, command, given, args: line.slice(count) }
}

/** The words of a command that the line begins with, or ''. */
function wordsIn([first = '', second = '']: readonly string[], { commands }: CommandTable): string {
  const two = `${first} ${second}`
  return Object.hasOwn(commands, two) ? two : Object.hasOwn(commands, first) ? first : ''
}

function groupIn([first = '']: readonly string[], { groups }: CommandTable): string {
  return Object.hasOwn(groups, first) ? `${first} ` : ''
}

interface Meant {
  readonly words: string
  readonly command: Command | undefined
  take(given: Given<Options, unknown>): void
}

/** Every command by its words and help alone, but for the one that is meant. */
function parserOf(table: CommandTable, terminal: Terminal, meant: Meant): Parser {
  const program = new Parser('tollgate').exitOverride().helpCommand(false)
  program.configureOutput(outputOn(terminal)).usage('<command> [options]')
  program.version(table.version(), '--version', 'Print the version.')
  program.helpOption('-h, --help', 'Print this.').addHelpText('after', `\n${table.notes}`)
  const groups = new Map<string, Parser>()
  for (const [words, { help }] of Object.entries(table.commands)) {
    const [first = '', second] = words.split(' ')
    const parent = second === undefined ? program : groupOf(program, groups, { table, first })
    const parser = parent.command(second ?? first).description(help)
    if (words === meant.words && meant.command) fill(parser, meant.command, meant)
  }
  return program
}

function groupOf(
  program: Parser,
  groups: Map<string, Parser>,
  { table, first }: { readonly table: CommandTable; readonly first: string },
): Parser {
  const known = groups.get(first)
  if (known) return known
  const group = program.command(first).description(table.groups[first] ?? '')
  group.usage('<command> [options]').helpCommand(false)
  groups.set(first, group)
  return group
}

function outputOn({ out, err, screen }: Terminal) {
  const lines = (say: (line: string) => void) => (text: string) => say(text.replace(/\n$/, ''))
  return {
    writeOut: lines(out),
    writeErr: lines(err),
    // An error is thrown, and told by who catches it.
    outputError: () => undefined,
    getOutHelpWidth: () => screen?.columns ?? 100,
    getErrHelpWidth: () => screen?.columns ?? 100,
    getOutHasColors: () => screen?.hasColors ?? false,
    getErrHasColors: () => false,
  }
}

function fill(parser: Parser, command: Command, { words, take }: Meant): void {
  const { argument, options, no } = command
  parser.usage(usageOf(words, command).slice(words.length + 1))
  if (argument) parser.addArgument(argumentOf(argument))
  const known = Object.entries(options).map(([name, option]) => ({
    name,
    option,
    parsed: optionOf(name, option),
  }))
  for (const { parsed } of known) parser.addOption(parsed)
  if (no !== undefined) parser.addHelpText('after', `\nEnds with 1 where ${no}.`)
  parser.action((...found: readonly unknown[]) => {
    const missing = known.flatMap(({ name, option, parsed }) => {
      const isMissing =
        option.isNeeded && parser.getOptionValue(parsed.attributeName()) === undefined
      return isMissing ? [written(name, option)] : []
    })
    if (missing.length > 0) throw new UsageError(`needed: ${missing.join(', ')}`)
    const values = known.map(({ name, option, parsed }) => {
      const value = parser.getOptionValue(parsed.attributeName())
      return [name, value ?? option.absent]
    })
    take({ values: Object.fromEntries(values), argument: argument ? found[0] : undefined })
  })
}

function argumentOf({ type, help }: NonNullable<Command['argument']>): Argument {
  return new Argument(type.written, help).argParser((text) => read(type, text, type.written))
}

function optionOf(name: string, option: Option): ParserOption {
  const { type, short, isList, default: text } = option
  const flags = `${short ? `-${short}, ` : ''}--${name}${type ? ` ${type.written}` : ''}`
  const parsed = new ParserOption(flags, helpOf(option))
  if (!type) return parsed
  if (text !== undefined) parsed.default(read(type, text, `--${name}`), text)
  parsed.argParser((given: string, before: unknown) => {
    const value = read(type, given, `--${name}`)
    return isList ? [...(Array.isArray(before) ? before : []), value] : value
  })
  return parsed
}

/** The help of an option, with what it may not be without. */
function helpOf({ help, isNeeded, isList }: Option): string {
  const notes = [...(isNeeded ? ['needed'] : []), ...(isList ? ['several are allowed'] : [])]
  return notes.length === 0 ? help : `${help} (${notes.join('; ')})`
}

function read(type: ValueType<unknown>, text: string, where: string): unknown {
  try {
    return type.read(text)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(`${where} ${error.message}`)
  }
}

/** How options, arguments and commands look, and few secrets do. */
const named = /^-{0,2}[a-z]+(?:-[a-z]+)*(?:, --[a-z-]+)?(?: <[^>]*>)?$/

/** What the parser says, on one line, without the values that were typed: one may be a secret. */
function sentenceOf(message: string): string {
  return message
    .replace(/^error: /, '')
    .replace(/( but got \d+): .*$/s, '$1')
    .replace(/\n\s*/g, ' ')
    .replace(/'([^']*)'/g, (_, text: string) => {
      const [name = ''] = text.split('=')
      return named.test(name) ? `'${name}'` : "'...'"
    })
}
