import { type ParseArgsConfig, parseArgs } from 'node:util'
import { messageOf } from '../kernel/failure.ts'

/** What the command line gives; where it cannot be read, says so with the usage and ends with 1. */
export function commandLine<const Config extends ParseArgsConfig>(
  config: Config,
  usage: string,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config)
  } catch (error) {
    const why = messageOf(error)
    process.stderr.write(`${why}\n\n${usage}`)
    process.exit(1)
  }
}
