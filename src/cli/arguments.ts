import { type ParseArgsConfig, parseArgs } from 'node:util'
import { UsageError } from './command.ts'

/** The options of a command, as `parseArgs` takes them. */
export type Options = NonNullable<ParseArgsConfig['options']>

export interface Wanted<Given extends Options> {
  readonly options: Given
  /** How many arguments there are besides. */
  readonly count: 0 | 1
  /** What a wrong number of them means, as a sentence. */
  readonly otherwise: string
}

/** What the arguments give; throws `UsageError` where they are not what is wanted. */
export function readArguments<const Given extends Options>(
  args: readonly string[],
  { options, count, otherwise }: Wanted<Given>,
) {
  const config = { args: [...args], options, allowPositionals: true } as const
  const { values, positionals } = parsed(() => parseArgs(config))
  if (positionals.length !== count) throw new UsageError(otherwise)
  return { values, argument: positionals[0] ?? '' }
}

function parsed<Result>(parse: () => Result): Result {
  try {
    return parse()
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : 'unreadable arguments')
  }
}

/** A whole number from 0 up; throws `UsageError` where the text is none. */
export function wholeNumber(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UsageError(`--${option} needs a whole number`)
}
