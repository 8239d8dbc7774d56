import type { Command } from '../command.ts'
import type { Options } from './options.ts'

/** A command that shells complete. */
export interface Completed {
  readonly words: string
  readonly help: string
  readonly command: Command
}

/** `--file` and `-f`, every way that each option is written. */
export function writtenOptions(options: Options): readonly string[] {
  return Object.entries(options).flatMap(([name, { short }]) => [
    `--${name}`,
    ...(short ? [`-${short}`] : []),
  ])
}

/** The words that stand first, each once, with what may follow where two make a command. */
export function firstWords(commands: readonly Completed[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const { words } of commands) {
    const [first = '', second] = words.split(' ')
    found.set(first, [...(found.get(first) ?? []), ...(second ? [second] : [])])
  }
  return found
}
