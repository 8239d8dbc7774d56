import type { Command } from '../command.ts'
import type { Option } from './options.ts'

/** A command on one line: its words, its argument, what must and what may be given. */
export function usageOf(words: string, { argument, options }: Command): string {
  const known = Object.entries(options)
  const must = known.filter(([, { isNeeded }]) => isNeeded)
  const may = known.filter(([, { isNeeded }]) => !isNeeded)
  return [
    words,
    ...(argument ? [argument.type.written] : []),
    ...must.map(([name, option]) => `${written(name, option)}${option.isList ? '...' : ''}`),
    ...may.map(([name, option]) => `[${written(name, option)}]${option.isList ? '...' : ''}`),
  ].join(' ')
}

/** `--file <file>`. */
export function written(name: string, { type }: Option): string {
  return type ? `--${name} ${type.written}` : `--${name}`
}
